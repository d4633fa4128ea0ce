#pragma once
// Text from outside (names, file contents, options) made fit for one line of a terminal.

#include <string>
#include <string_view>

namespace heddle::app {

/// The same text with control characters (line ends too) and bytes that are no UTF-8 as \n, \x1b.
std::string printable(std::string_view text);

}  // namespace heddle::app
