#pragma once
// Bytes as letters (RFC 4648, section 4). Threads: plain functions.

#include <optional>
#include <string>
#include <string_view>

namespace heddle::io {

/// Padded, without line ends.
std::string base64(std::string_view bytes);
/// Nothing where the text is no such thing: another letter, or a length or padding that none has.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace heddle::io
