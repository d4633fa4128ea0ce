#include "app/serve/http/reply.h"

#include "app/serve/http/exchange.h"

#include <sys/socket.h>

#include <utility>

namespace heddle::app::serve {
namespace {

constexpr std::size_t kEventBlock = 2048;  // each event stream has one

MHD_Response* empty_response() {
  return MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
}

MHD_Response* event_response(std::shared_ptr<Exchange> exchange) {
  auto* held = new std::shared_ptr<Exchange>(std::move(exchange));
  const auto read = [](void* self, std::uint64_t /*position*/, char* to, std::size_t most) {
    return (*static_cast<std::shared_ptr<Exchange>*>(self))->read(to, most);
  };
  const auto free = [](void* self) { delete static_cast<std::shared_ptr<Exchange>*>(self); };
  return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kEventBlock, read, held, free);
}

/// The bytes live in a Response of their own until libmicrohttpd has sent them.
MHD_Response* body_response(Response response) {
  auto* held = new Response(std::move(response));
  const std::string_view bytes = held->bytes();
  return MHD_create_response_from_buffer_with_free_callback_cls(
      bytes.size(),
      const_cast<char*>(bytes.data()),  // it only reads them
      [](void* self) { delete static_cast<Response*>(self); },
      held);
}

MHD_Response* make(Response& response, std::shared_ptr<Exchange> exchange) {
  if (response.source) return event_response(std::move(exchange));
  if (response.bytes().empty()) return empty_response();
  Response body;
  body.body = std::move(response.body);
  body.fixed = response.fixed;
  body.shared = std::move(response.shared);
  return body_response(std::move(body));
}

}  // namespace

MHD_Result queue(MHD_Connection* connection,
                 Response response,
                 std::shared_ptr<Exchange> exchange) {
  MHD_Response* made = make(response, std::move(exchange));
  if (made == nullptr) return MHD_NO;
  if (!response.content_type.empty()) {
    MHD_add_response_header(made, "Content-Type", response.content_type.c_str());
  }
  MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(made, name.c_str(), value.c_str());
  }
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(response.status), made);
  MHD_destroy_response(made);
  return queued;
}

std::string raw_text(const Response& response) {
  const auto status = static_cast<unsigned>(response.status);
  const std::string_view bytes = response.bytes();
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " +
                     MHD_get_reason_phrase_for(status) + "\r\nConnection: close\r\n" +
                     "X-Content-Type-Options: nosniff\r\n";
  if (!response.content_type.empty()) text += "Content-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(bytes.size()) + "\r\n\r\n";
  return text.append(bytes);
}

void send_at_once(MHD_Connection* connection, const Response& response) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info == nullptr) return;
  const std::string text = raw_text(response);
  // Nothing else was sent on this connection since its last response, so that it has room.
  const ssize_t sent =
      ::send(info->connect_fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) ::shutdown(info->connect_fd, SHUT_WR);
}

}  // namespace heddle::app::serve
