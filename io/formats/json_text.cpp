#include "io/formats/json_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace heddle::io {
namespace {

template <typename Number>
nlohmann::ordered_json number_or_text(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return text;
  return number;
}

}  // namespace

double rounded(double value, double scale) { return std::round(value * scale) / scale + 0.0; }

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

AttributeTypes::AttributeTypes(std::span<const Attribute> declared) {
  for (const Attribute& attribute : declared) types_[attribute.name] = attribute.type;
}

nlohmann::ordered_json AttributeTypes::value(const std::string& name,
                                             const std::string& text) const {
  const auto type = types_.find(name);
  if (type == types_.end()) return text;
  if (type->second == Attribute::Type::kInteger) return number_or_text<std::int64_t>(text);
  if (type->second == Attribute::Type::kNumber) return number_or_text<double>(text);
  return text;
}

}  // namespace heddle::io
