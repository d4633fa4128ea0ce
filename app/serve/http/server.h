#pragma once
// An HTTP/1.1 server over libmicrohttpd: one thread a listening socket serves its connections and
// never waits; answers that take a while are made by workers, and event streams sleep without a
// thread until there is something to say. No connection keeps a place that it does not use
// (connections.h). Threads: every call from any thread; stop() once.

#include "app/serve/http/connections.h"
#include "app/serve/http/listen.h"
#include "app/serve/http/message.h"

#include <memory>
#include <string>

struct sockaddr;

namespace heddle::app::serve {

struct ServerOptions {
  ConnectionLimits connections;
  std::size_t json_bytes = std::size_t{1} << 20;
  int workers = 4;
};

/// Whose connections are counted together: an IPv4 address, also where it comes mapped into IPv6;
/// of IPv6 its first 64 bits, as one machine has all the addresses below them. "" of the unix
/// socket.
std::string address_of(const sockaddr* address);

class Server {
 public:
  /// `site` outlives it.
  Server(Site& site, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Serves from now on. `local`: the unix socket. Throws std::runtime_error.
  void serve(Socket socket, bool local);
  Connections& connections();
  /// Ends event streams and uploads, finishes what is being answered, and closes.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::app::serve
