#pragma once
// Words and numbers in the form that SVG and HTML take them.

#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::io::report {

/// Text for element content and for quoted attributes: & < > " ' are named, control characters
/// become blanks, bytes that are not UTF-8 become U+FFFD.
std::string escaped(std::string_view text);

/// Fixed notation of at most `decimals` decimals without trailing zeros: "0.5", "12", "-3.25". A
/// value that is not finite becomes "0": a drawing must stay well-formed.
std::string number(double value, int decimals = 2);

/// "4,641,652".
std::string grouped(std::int64_t value);

}  // namespace heddle::io::report
