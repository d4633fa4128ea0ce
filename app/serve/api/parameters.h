#pragma once
// What stands in a request's query, checked.

#include "app/serve/http/message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::app::serve {

struct Bounds {
  std::int64_t least, most;
};
/// `otherwise` where it is not given. Throws ApiError 400 bad_query naming it and the bounds.
std::int64_t integer(const Request& request,
                     std::string_view name,
                     std::int64_t otherwise,
                     Bounds bounds);
/// Throws ApiError 400 where it is not given.
const std::string& text(const Request& request, std::string_view name);

/// The last event that the listener of an event stream saw: the header Last-Event-ID, or
/// ?last_event_id=; -1: it has seen none.
std::int64_t last_event_of(const Request& request);

}  // namespace heddle::app::serve
