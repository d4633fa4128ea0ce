#include "app/serve/http/server.h"

#include "app/serve/http/exchange.h"
#include "app/serve/http/head.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <stdexcept>
#include <thread>
#include <utility>

namespace heddle::app::serve {
namespace {

constexpr unsigned kSilence = 10;                      // seconds
constexpr std::chrono::milliseconds kLastWords{1000};  // for what waits to be sent
/// libmicrohttpd's own limit is one a socket; Connections keeps the one of all, and makes room.
constexpr unsigned kMore = 16;
constexpr std::size_t kHeadBytes = 32 * 1024;  // of a connection: its head and what waits to go

/// One listening socket.
struct Listener {
  Exchanges& shared;
  const bool local;
  MHD_Daemon* daemon = nullptr;
};

using Held = std::shared_ptr<Exchange>;

MHD_Result first_step(Listener& at, MHD_Connection* connection, Head head, void** state) {
  auto* place = static_cast<Connections::Place*>(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
  auto* held = new Held(std::make_shared<Exchange>(at.shared, connection, place));
  *state = held;
  at.shared.add(*held);
  std::optional<Response> refusal;
  if (head.fault) {
    refusal = at.shared.site.error(head.fault->code, head.fault->message);
    refusal->headers.emplace_back("Connection", "close");
  }
  return (*held)->begin(std::move(head), std::move(refusal));
}

MHD_Result on_request(void* self,
                      MHD_Connection* connection,
                      const char* url,
                      const char* method,
                      const char* /*version*/,
                      const char* data,
                      std::size_t* size,
                      void** state) {
  auto& at = *static_cast<Listener*>(self);
  try {
    if (*state == nullptr) {
      return first_step(at, connection, read_head(connection, url, method, at.local), state);
    }
    return (*static_cast<Held*>(*state))->step({data, *size}, *size);
  } catch (const std::exception&) {  // no memory: this connection ends, the others go on
    return MHD_NO;
  }
}

void on_completed(void* /*self*/,
                  MHD_Connection* /*connection*/,
                  void** state,
                  MHD_RequestTerminationCode /*how*/) {
  auto* held = static_cast<Held*>(std::exchange(*state, nullptr));
  if (held == nullptr) return;
  (*held)->end();
  delete held;
}

void on_connection(void* self,
                   MHD_Connection* connection,
                   void** context,
                   MHD_ConnectionNotificationCode what) {
  Connections& connections = static_cast<Listener*>(self)->shared.connections;
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    connections.closed(static_cast<Connections::Place*>(*context));
    return;
  }
  const bool local = static_cast<Listener*>(self)->local;
  const sockaddr* address =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  const int descriptor =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  *context = connections.opened(local ? "" : address_of(address), descriptor);
}

MHD_Result on_accept(void* self, const sockaddr* address, socklen_t /*length*/) {
  const auto& at = *static_cast<Listener*>(self);
  return at.shared.connections.admits(at.local ? "" : address_of(address)) ? MHD_YES : MHD_NO;
}

}  // namespace

std::string address_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address == nullptr) return "";
  if (address->sa_family == AF_INET) {
    const auto& in = *reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    in6_addr of = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&of)) {
      ::inet_ntop(AF_INET, &of.s6_addr[12], text.data(), text.size());
    } else {
      std::fill(std::begin(of.s6_addr) + 8, std::end(of.s6_addr), std::uint8_t{0});
      ::inet_ntop(AF_INET6, &of, text.data(), text.size());
    }
  }
  return text.data();
}

struct Server::State {
  State(Site& site, const ServerOptions& options)
      : shared(site, options), ticker([this] { tick(); }) {}

  void tick() {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, std::chrono::seconds(1), [this] { return stopped; })) {
      lock.unlock();
      shared.tick();
      lock.lock();
    }
  }

  Exchanges shared;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false;
  std::thread ticker;  // last: the others are there before it begins
};

Server::Server(Site& site, const ServerOptions& options)
    : state_(std::make_unique<State>(site, options)) {}

Server::~Server() { stop(); }

Connections& Server::connections() { return state_->shared.connections; }

void Server::serve(Socket socket, bool local) {
  auto& listener =
      *state_->listeners.emplace_back(std::make_unique<Listener>(Listener{state_->shared, local}));
  const auto as_it_is = [](void* /*self*/, MHD_Connection* /*connection*/, char* text) {
    return std::char_traits<char>::length(text);
  };
  const auto quiet = [](void* /*self*/, const char* /*format*/, va_list /*values*/) {};
  using Unescape = std::size_t (*)(void*, MHD_Connection*, char*);
  const unsigned most =
      static_cast<unsigned>(state_->shared.options.connections.connections) + kMore;
  const std::array<MHD_OptionItem, 2> strict{
      {{MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr}, {MHD_OPTION_END, 0, nullptr}}};
  listener.daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
                       0,
                       &on_accept,
                       &listener,
                       &on_request,
                       &listener,
                       MHD_OPTION_EXTERNAL_LOGGER,
                       static_cast<MHD_LogCallback>(quiet),
                       nullptr,
                       MHD_OPTION_ARRAY,
                       strict.data(),
                       MHD_OPTION_LISTEN_SOCKET,
                       socket.get(),
                       MHD_OPTION_CONNECTION_LIMIT,
                       most,
                       MHD_OPTION_CONNECTION_TIMEOUT,
                       kSilence,
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                       kHeadBytes,
                       MHD_OPTION_UNESCAPE_CALLBACK,
                       static_cast<Unescape>(as_it_is),
                       nullptr,
                       MHD_OPTION_NOTIFY_COMPLETED,
                       &on_completed,
                       &listener,
                       MHD_OPTION_NOTIFY_CONNECTION,
                       &on_connection,
                       &listener,
                       MHD_OPTION_END);
  if (listener.daemon == nullptr) {
    throw std::runtime_error("the HTTP server does not start: more descriptors are needed");
  }
  socket.release();  // closed by MHD_stop_daemon()
}

void Server::stop() {
  {
    const std::scoped_lock lock(state_->mutex);
    if (std::exchange(state_->stopped, true)) return;
  }
  state_->changed.notify_all();
  state_->ticker.join();
  for (const auto& listener : state_->listeners) {
    if (listener->daemon == nullptr) continue;
    const MHD_socket socket = MHD_quiesce_daemon(listener->daemon);
    const Socket close(socket);
  }
  state_->shared.stopping = true;
  state_->shared.workers.finish();
  state_->shared.wake_all();
  state_->shared.wait_for_end(kLastWords);
  for (const auto& listener : state_->listeners) {
    if (listener->daemon != nullptr) MHD_stop_daemon(listener->daemon);
  }
}

}  // namespace heddle::app::serve
