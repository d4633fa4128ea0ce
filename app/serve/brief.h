#pragma once
// What clients sent, as short as an answer may tell it: THE PLACE that decides how much of it is
// quoted. Threads: any.

#include <cstddef>
#include <string>
#include <string_view>

namespace heddle::app::serve {

inline constexpr std::size_t kMostQuoted = 200;  // characters of one value
inline constexpr std::size_t kMostTold = 1000;   // characters of a message

/// Of UTF-8; a byte that is none counts as one.
std::size_t characters(std::string_view text);

/// The text, or its first `most` characters and an ellipsis.
std::string brief(std::string_view text, std::size_t most = kMostQuoted);

/// A message of which no passage in '...' and no word is longer than kMostQuoted, and which as a
/// whole is no longer than kMostTold (and ellipses).
std::string brief_message(std::string_view message);

}  // namespace heddle::app::serve
