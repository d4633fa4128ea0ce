#pragma once
// A line of a table as its columns, divided by tabs.

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace heddle::io {

/// Views into the line; at most so many, the last of which then holds all the rest.
std::vector<std::string_view> columns_of(std::string_view line,
                                         std::size_t most = std::string_view::npos);

/// The whole word as a number, or nothing.
template <typename Number>
std::optional<Number> number_in(std::string_view word) {
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace heddle::io
