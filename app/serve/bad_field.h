#pragma once
// A field of a client's request that cannot be as it is.

#include "app/serve/brief.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

namespace heddle::app::serve {

/// what(): "options.passes: 7 is not taken; give 1 to 2".
class BadField : public std::invalid_argument {
 public:
  BadField(std::string field, const std::string& why)
      : std::invalid_argument(field + ": " + why), field_(std::move(field)) {}
  const std::string& field() const { return field_; }

 private:
  std::string field_;
};

/// A value as a message shows it: 7, 'genom', of long ones the beginning.
inline std::string shown(const nlohmann::json& value) {
  constexpr std::size_t kMost = 64;
  std::string text = value.is_string()
                         ? "'" + value.get<std::string>() + "'"
                         : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return brief(text, kMost);
}

}  // namespace heddle::app::serve
