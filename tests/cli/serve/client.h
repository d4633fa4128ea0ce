#pragma once
// A small HTTP client for tests of the daemon: what it sends is what the test says, to the byte.
// Nothing waits longer than 60 s.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace heddle {

struct Reply {
  int status = 0;                              // 0: the connection ended without one
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// Where a daemon listens.
struct Address {
  std::string socket;  // path of a unix socket; empty: TCP on loopback
  std::uint16_t port = 0;
  std::string from = "127.0.0.1";  // which loopback address the client comes from
};

class Client {
 public:
  explicit Client(const Address& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// False: the other side has closed.
  bool send(std::string_view bytes);
  /// The head of the next answer, its body not yet read.
  Reply read_head();
  /// The next answer, whole. `no_body`: of HEAD.
  Reply read(bool no_body = false);
  /// Up to a chunk of a chunked body that goes on; empty: it has ended.
  std::string read_chunk();
  /// True when the other side closes before it says anything more, within `seconds`.
  bool is_closed(int seconds);

 private:
  bool fill();
  std::string line();

  int descriptor_ = -1;
  std::string waiting_;
};

/// "GET /x HTTP/1.1" and what belongs to it; `headers` in whole lines.
std::string request_text(const std::string& method,
                         const std::string& path,
                         const std::string& body = "",
                         const std::string& headers = "");

/// One request on a connection of its own.
Reply ask(const Address& address,
          const std::string& method,
          const std::string& path,
          const std::string& body = "",
          const std::string& headers = "");

struct StreamEvent {
  std::string id, type, data;  // type "": the stream has ended
};

/// Listens to /v1/.../events.
class Listener {
 public:
  /// `headers` in whole lines.
  Listener(const Address& address, const std::string& path, const std::string& headers = "");
  const Reply& head() const { return head_; }
  StreamEvent next();
  /// The first of this type from here on.
  StreamEvent next(const std::string& type);

 private:
  Client client_;
  Reply head_;
  std::string text_;
};

}  // namespace heddle
