#include "app/serve/http/listen.h"

#include "app/serve/http/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {
namespace {

constexpr int kBacklog = 512;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("--socket " + path + ": a socket's path has 1 to " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// Makes way for a new socket where a daemon that has gone left its own.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) {
    throw std::runtime_error("--socket " + path + ": is there already, and no socket");
  }
  const Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    throw std::runtime_error("--socket " + path +
                             ": another daemon answers there; stop it, or give another path");
  }
  ::unlink(path.c_str());
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int Socket::release() { return std::exchange(descriptor_, -1); }

bool TcpAddress::loopback() const { return is_loopback_name(host); }

std::string TcpAddress::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

TcpAddress tcp_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  TcpAddress address;
  address.host = host_of(text);
  if (address.host == "localhost") address.host = "127.0.0.1";
  const char* end = text.data() + text.size();
  const char* from = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const auto [stop, error] = std::from_chars(from, end, address.port);
  in6_addr parsed{};
  const bool v6 = text.starts_with('[');
  const bool known = ::inet_pton(v6 ? AF_INET6 : AF_INET, address.host.c_str(), &parsed) == 1;
  if (!known || from == end || stop != end || error != std::errc{}) {
    throw std::invalid_argument("'" + text + "' is no address and port, such as 127.0.0.1:8080");
  }
  return address;
}

Socket listen_tcp(TcpAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (v6) {
    auto& in = reinterpret_cast<sockaddr_in6&>(storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(address.port);
    ::inet_pton(AF_INET6, address.host.c_str(), &in.sin6_addr);
    length = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &in.sin_addr);
    length = sizeof in;
  }
  Socket socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto* where = reinterpret_cast<sockaddr*>(&storage);
  if (socket.get() < 0 || ::bind(socket.get(), where, length) != 0 ||
      ::listen(socket.get(), kBacklog) != 0 || ::getsockname(socket.get(), where, &length) != 0) {
    const bool taken = errno == EADDRINUSE;
    fail("--listen " + address.text() + ": cannot listen there" +
         (taken ? " (port 0 takes any that is free)" : ""));
  }
  address.port = ntohs(v6 ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port
                          : reinterpret_cast<sockaddr_in&>(storage).sin_port);
  return socket;
}

Socket listen_unix(const std::string& path) {
  const sockaddr_un address = unix_address(path);
  remove_stale(path, address);
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Before bind(), so that the name never stands there with more rights.
  if (socket.get() < 0 || ::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    fail("--socket " + path + ": cannot listen there");
  }
  return socket;
}

std::string default_socket() {
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  if (folder != nullptr && *folder != '\0') return std::string(folder) + "/heddle.sock";
  return "/tmp/heddle-" + std::to_string(::getuid()) + ".sock";
}

}  // namespace heddle::app::serve
