#pragma once
// Sockets that wait for clients: a unix socket for its owner alone, or TCP.

#include <cstdint>
#include <string>

namespace heddle::app::serve {

/// Owns a descriptor.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  int get() const { return descriptor_; }
  int release();

 private:
  int descriptor_;
};

struct TcpAddress {
  std::string host;  // numeric
  std::uint16_t port = 0;
  bool loopback() const;
  std::string text() const;  // "[::1]:8080"
};

/// "127.0.0.1:8080", "[::]:8080", "localhost:0". Throws std::invalid_argument saying what is wrong.
TcpAddress tcp_address(const std::string& text);

/// Port 0: any free one; `address` then has it. Throws std::runtime_error saying why it cannot.
Socket listen_tcp(TcpAddress& address);
/// Readable and writable (0600) by this user only. A socket that a daemon left behind is replaced;
/// one that still answers is an error.
Socket listen_unix(const std::string& path);

/// $XDG_RUNTIME_DIR/heddle.sock; without such a folder /tmp/heddle-UID.sock.
std::string default_socket();

}  // namespace heddle::app::serve
