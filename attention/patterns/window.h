#pragma once
// Sliding window (arXiv 2004.05150): |q - k| <= radius, or 0 <= q - k <= radius.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow window_row();

}  // namespace heddle::attention
