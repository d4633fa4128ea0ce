#pragma once
// An HTTP server on the loopback for tests: one answer to every request, a connection at a time.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

namespace heddle::io {

class LocalServer {
 public:
  enum class Manner {
    kWhole,      // the body with its length, from where a Range asks
    kNoRanges,   // the body with its length, always from its start
    kCut,        // half of the body under its whole length
    kMissing,    // 404
    kSilent,     // takes the request and says nothing
    kElsewhere,  // 302: the body is the address
  };

  /// `host`: the last part of 127.0.0.N.
  LocalServer(std::string body, Manner manner, int host = 1)
      : body_(std::move(body)), manner_(manner), host_(host) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<std::uint32_t>(host));
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no server on the loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LocalServer() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  std::string url(const std::string& name) const {
    return "http://127.0.0." + std::to_string(host_) + ":" + std::to_string(port_) + "/" + name;
  }
  int port() const { return port_; }
  /// Connections so far.
  int asked() const { return asked_; }

 private:
  static constexpr int kTick = 20;  // milliseconds between looks at stop_

  bool readable(int descriptor) {
    pollfd one{descriptor, POLLIN, 0};
    while (!stop_) {
      if (::poll(&one, 1, kTick) > 0) return true;
    }
    return false;
  }

  void serve() {
    while (readable(listener_)) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) continue;
      ++asked_;
      answer(connection);
      ::close(connection);
    }
  }

  void answer(int connection) {
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos && readable(connection)) {
      char piece[2048];
      const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
      if (got <= 0) return;
      request.append(piece, static_cast<std::size_t>(got));
    }
    if (manner_ == Manner::kSilent) {
      readable(connection);  // until the other side gives up, or the test ends
      return;
    }
    if (manner_ == Manner::kMissing) {
      say(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    if (manner_ == Manner::kElsewhere) {
      say(connection,
          "HTTP/1.1 302 Found\r\nLocation: " + body_ +
              "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const bool ranges = manner_ != Manner::kNoRanges;
    const std::size_t range = ranges ? request.find("Range: bytes=") : std::string::npos;
    const std::size_t from =
        range == std::string::npos ? 0 : std::stoul(request.substr(range + 13));
    const std::string body = from < body_.size() ? body_.substr(from) : "";
    const std::string total = std::to_string(body_.size());
    say(connection,
        (range == std::string::npos
             ? std::string("HTTP/1.1 200 OK\r\n") + (ranges ? "Accept-Ranges: bytes\r\n" : "")
             : "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(from) +
                   "-" + std::to_string(body_.size() - 1) + "/" + total + "\r\n") +
            "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
            (manner_ == Manner::kCut ? body.substr(0, body.size() / 2) : body));
  }

  void say(int connection, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t now = ::send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return;
      sent += static_cast<std::size_t>(now);
    }
  }

  std::string body_;
  Manner manner_;
  int host_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

}  // namespace heddle::io
