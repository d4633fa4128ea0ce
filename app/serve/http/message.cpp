#include "app/serve/http/message.h"

namespace heddle::app::serve {

std::string_view Request::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view Response::bytes() const {
  if (shared) return *shared;
  return fixed.empty() ? std::string_view(body) : fixed;
}

}  // namespace heddle::app::serve
