#pragma once
// JSON as the formats write it.

#include "io/attribute.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <span>
#include <string>

namespace heddle::io {

/// A number whose shortest text has the digits of the scale: 12.5, not 12.500000001. No minus zero;
/// what is not finite stays so, which JSON writes as null.
double rounded(double value, double scale);

/// On one line. Names come from inputs: bytes that are not UTF-8 become U+FFFD.
std::string text_of(const nlohmann::ordered_json& json);

/// Attributes of features, which records hold as text, as values of the types that were declared.
class AttributeTypes {
 public:
  explicit AttributeTypes(std::span<const Attribute> declared);
  /// Text where the attribute was not declared, or where the value is not what it says: nothing of
  /// it is lost.
  nlohmann::ordered_json value(const std::string& name, const std::string& text) const;

 private:
  std::map<std::string, Attribute::Type, std::less<>> types_;  // by name
};

}  // namespace heddle::io
