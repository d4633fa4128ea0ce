#include "app/serve/api/error.h"

#include "app/printable.h"
#include "app/serve/brief.h"

#include <nlohmann/json.hpp>

namespace heddle::app::serve {
namespace {

/// Bytes that are no UTF-8 become longer.
std::string printable_brief(std::string_view message) { return brief_message(printable(message)); }

}  // namespace

ApiError api_error(const BadField& error, ErrorCode code) {
  const bool option = error.field().starts_with("options.") || error.field() == "options";
  return ApiError(option ? ErrorCode("bad_option") : code, error.what()).about(error.field());
}

ApiError state_unwritable(const std::exception& error) {
  return {
      "state_unwritable",
      std::string("the state folder takes nothing, so that this would be lost with the daemon: ") +
          error.what() + "; make room there, and send it again"};
}

Response json_response(int status, const nlohmann::json& json) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  // What came from outside may be no UTF-8: a name in a file, a message of a library.
  response.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

Response error_response(const ApiError& error) {
  const nlohmann::json field =
      error.field().empty() ? nlohmann::json() : nlohmann::json(brief(error.field()));
  Response response = json_response(
      error.status(),
      {{"error",
        {{"code", error.code()}, {"message", printable_brief(error.what())}, {"field", field}}}});
  if (error.retry_after() > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after()));
  }
  if (error.status() == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace heddle::app::serve
