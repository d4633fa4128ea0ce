#pragma once
// Numbers as the text formats write them.

#include <string>

namespace heddle::io {

/// Fixed notation, "12.50"; a value that is not finite is an empty text.
std::string fixed_text(double value, int decimals);

}  // namespace heddle::io
