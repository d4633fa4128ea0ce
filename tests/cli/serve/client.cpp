#include "tests/cli/serve/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace heddle {
namespace {

constexpr int kPatience = 60;  // seconds

int connected(const Address& at) {
  const bool local = !at.socket.empty();
  const int made = ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{kPatience, 0};
  ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int result = 0;
  if (local) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, at.socket.c_str(), sizeof address.sun_path - 1);
    result = ::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, at.from.c_str(), &address.sin_addr);
    ::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    address.sin_port = htons(at.port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    result = ::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  if (result != 0) {
    ::close(made);
    throw std::runtime_error(std::string("no connection to the daemon: ") + std::strerror(errno));
  }
  return made;
}

std::string lower(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Client::Client(const Address& address) : descriptor_(connected(address)) {}

Client::~Client() { ::close(descriptor_); }

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Client::fill() {
  std::array<char, 65536> piece{};
  const ssize_t size = ::recv(descriptor_, piece.data(), piece.size(), 0);
  if (size <= 0) return false;
  waiting_.append(piece.data(), static_cast<std::size_t>(size));
  return true;
}

std::string Client::line() {
  std::size_t end = 0;
  while ((end = waiting_.find("\r\n")) == std::string::npos) {
    if (!fill()) return "";
  }
  std::string found = waiting_.substr(0, end);
  waiting_.erase(0, end + 2);
  return found;
}

Reply Client::read_head() {
  Reply reply;
  const std::string first = line();
  if (first.size() < 12) return reply;
  reply.status = std::stoi(first.substr(9, 3));
  for (std::string text = line(); !text.empty(); text = line()) {
    const std::size_t colon = text.find(": ");
    reply.headers[lower(text.substr(0, colon))] = text.substr(colon + 2);
  }
  return reply.status == 100 ? read_head() : reply;
}

Reply Client::read(bool no_body) {
  Reply reply = read_head();
  if (no_body || reply.status == 204 || reply.status == 304) return reply;
  if (reply.headers.contains("transfer-encoding")) {
    for (std::string chunk = read_chunk(); !chunk.empty(); chunk = read_chunk()) {
      reply.body += chunk;
    }
    return reply;
  }
  const auto length = reply.headers.find("content-length");
  const std::size_t size = length == reply.headers.end() ? 0 : std::stoul(length->second);
  while (waiting_.size() < size && fill()) {
  }
  reply.body = waiting_.substr(0, size);
  waiting_.erase(0, reply.body.size());
  return reply;
}

std::string Client::read_chunk() {
  const std::string head = line();
  if (head.empty()) return "";
  const std::size_t size = std::stoul(head, nullptr, 16);
  while (waiting_.size() < size + 2) {
    if (!fill()) return "";
  }
  std::string chunk = waiting_.substr(0, size);
  waiting_.erase(0, size + 2);
  return chunk;
}

bool Client::is_closed(int seconds) {
  pollfd watched{descriptor_, POLLIN, 0};
  return ::poll(&watched, 1, seconds * 1000) == 1 && !fill();
}

std::string request_text(const std::string& method,
                         const std::string& path,
                         const std::string& body,
                         const std::string& headers) {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
  if (!body.empty()) {
    if (headers.find("Content-Type") == std::string::npos) {
      text += "Content-Type: application/json\r\n";
    }
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + "\r\n" + body;
}

Reply ask(const Address& address,
          const std::string& method,
          const std::string& path,
          const std::string& body,
          const std::string& headers) {
  Client client(address);
  client.send(request_text(method, path, body, headers));
  return client.read(method == "HEAD");
}

Listener::Listener(const Address& address, const std::string& path, const std::string& headers)
    : client_(address) {
  client_.send(request_text("GET", path, "", headers));
  head_ = client_.read_head();
}

StreamEvent Listener::next() {
  for (;;) {
    std::size_t end = 0;
    while ((end = text_.find("\n\n")) == std::string::npos) {
      const std::string chunk = client_.read_chunk();
      if (chunk.empty()) return {};
      text_ += chunk;
    }
    const std::string block = text_.substr(0, end + 1);
    text_.erase(0, end + 2);
    StreamEvent event;
    for (std::size_t from = 0; from < block.size();) {
      const std::size_t stop = block.find('\n', from);
      const std::string one = block.substr(from, stop - from);
      if (one.starts_with("id: ")) event.id = one.substr(4);
      if (one.starts_with("event: ")) event.type = one.substr(7);
      if (one.starts_with("data: ")) event.data = one.substr(6);
      from = stop + 1;
    }
    if (!event.type.empty()) return event;  // else a comment, or retry:
  }
}

StreamEvent Listener::next(const std::string& type) {
  for (;;) {
    StreamEvent event = next();
    if (event.type == type || event.type.empty()) return event;
  }
}

}  // namespace heddle
