#pragma once
// JSON of strangers: an object, no deeper than 16, each key once, no NUL in any string, numbers
// that are finite. Read so that two readers cannot understand it differently.

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string_view>

namespace heddle::app::serve {

/// Throws ApiError("bad_json") saying what is wrong.
nlohmann::json parse_object(std::string_view text);

/// Throws ApiError("unknown_field") naming the first key that is not in the list, and the
/// nearest that is.
void only_fields(const nlohmann::json& object, std::initializer_list<std::string_view> known);

}  // namespace heddle::app::serve
