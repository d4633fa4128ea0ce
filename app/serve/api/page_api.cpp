#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"
#include "app/serve/assets.h"
#include "app/serve/http/text.h"

namespace heddle::app::serve {
namespace {

/// The page needs nothing from elsewhere, and nobody may frame it or make it send anything away.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Response file(const Request& request, std::string_view name) {
  const Asset* asset = find_asset(name);
  if (asset == nullptr) {
    throw ApiError("no_such_file", "the page has no file '" + std::string(name) + "'");
  }
  Response response;
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("ETag", asset->etag);
  response.headers.emplace_back("Content-Security-Policy", kPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  if (names_tag(request.header("if-none-match"), asset->etag)) {
    response.status = 304;
    return response;
  }
  response.content_type = type_of_asset(name);
  response.fixed = asset->bytes;
  return response;
}

}  // namespace

Response get_page(Daemon& /*daemon*/, const Request& request) {
  return file(request, "index.html");
}

Response get_page_file(Daemon& /*daemon*/, const Request& request) {
  return file(request, request.parameters.at(0));
}

Response get_openapi(Daemon& /*daemon*/, const Request& request) {
  return file(request, "openapi.yaml");
}

}  // namespace heddle::app::serve
