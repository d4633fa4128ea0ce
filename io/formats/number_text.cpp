#include "io/formats/number_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace heddle::io {

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return {};
  std::array<char, 400> text{};  // the longest double has 309 digits before the point
  const auto end = std::to_chars(
      text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals);
  return {text.data(), end.ptr};
}

}  // namespace heddle::io
