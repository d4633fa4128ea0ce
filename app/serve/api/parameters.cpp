#include "app/serve/api/parameters.h"

#include "app/serve/api/error.h"

#include <charconv>
#include <limits>

namespace heddle::app::serve {
namespace {

std::int64_t number(std::string_view name,
                    std::string_view given,
                    Bounds bounds,
                    ErrorCode otherwise = "bad_query") {
  std::int64_t value = 0;
  const char* end = given.data() + given.size();
  const auto [stop, error] = std::from_chars(given.data(), end, value);
  if (error != std::errc{} || stop != end || given.empty() || value < bounds.least ||
      value > bounds.most) {
    throw ApiError(otherwise,
                   "'" + std::string(name) + "' is a whole number from " +
                       std::to_string(bounds.least) + " to " + std::to_string(bounds.most) +
                       ", not '" + std::string(given.substr(0, 64)) + "'");
  }
  return value;
}

}  // namespace

std::int64_t integer(const Request& request,
                     std::string_view name,
                     std::int64_t otherwise,
                     Bounds bounds) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? otherwise : number(name, found->second, bounds);
}

const std::string& text(const Request& request, std::string_view name) {
  const auto found = request.query.find(name);
  if (found == request.query.end() || found->second.empty()) {
    throw ApiError("bad_query", "'" + std::string(name) + "' is missing in the query");
  }
  return found->second;
}

std::int64_t last_event_of(const Request& request) {
  constexpr Bounds kAny{0, std::numeric_limits<std::int64_t>::max() - 1};
  const std::string_view header = request.header("last-event-id");
  if (!header.empty()) return number("Last-Event-ID", header, kAny, "bad_header");
  return integer(request, "last_event_id", -1, kAny);
}

}  // namespace heddle::app::serve
