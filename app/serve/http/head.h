#pragma once
// The head of a request as libmicrohttpd gives it, checked: what two programs in a row could read
// in two ways (request smuggling; RFC 9112, section 11.2) is refused.

#include "app/serve/http/message.h"

#include <microhttpd.h>

#include <optional>
#include <string>

namespace heddle::app::serve {

struct HeadFault {
  ErrorCode code;
  std::string message;
};

struct Head {
  Request request;
  bool body_follows = false;
  std::int64_t body_length = -1;  // -1: not told
  std::optional<HeadFault> fault;
};

/// `url` and the query are still escaped.
Head read_head(MHD_Connection* connection, const char* url, const char* method, bool local);

/// A list of headers, in their order, made a map. Of those that must not stand twice, or not
/// together, the fault says so. Exposed for tests.
void take_headers(const std::vector<std::pair<std::string, std::string>>& headers, Head& head);

}  // namespace heddle::app::serve
