#pragma once
// Names in the order that people expect: runs of digits by their value, img2 before img10.

#include <string_view>

namespace heddle::io {

/// A strict order; equal values are told apart by their text, "01" before "1".
bool naturally_before(std::string_view a, std::string_view b);

}  // namespace heddle::io
