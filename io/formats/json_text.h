#pragma once
// JSON as the formats write it.

#include <nlohmann/json.hpp>

#include <string>

namespace heddle::io {

/// A number whose shortest text has the digits of the scale: 12.5, not 12.500000001. No minus zero;
/// what is not finite stays so, which JSON writes as null.
double rounded(double value, double scale);

/// On one line. Names come from inputs: bytes that are not UTF-8 become U+FFFD.
std::string text_of(const nlohmann::ordered_json& json);

}  // namespace heddle::io
