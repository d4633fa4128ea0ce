#pragma once
// Text without the blanks around it.

#include <string_view>

namespace heddle::io {

/// A view into `text`.
inline std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r") {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace heddle::io
