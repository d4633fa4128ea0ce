#pragma once
// JSON from files nobody vouches for: bounded nesting, no key twice in an object, nothing after the
// end. Threads: a plain function. Errors: WeightsError that begins with `what`.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace heddle::attention {

inline constexpr int kMaxJsonDepth = 16;

nlohmann::json parse_strict_json(std::string_view text, const std::string& what);

}  // namespace heddle::attention
