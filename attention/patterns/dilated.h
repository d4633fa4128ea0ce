#pragma once
// Dilated window (arXiv 2004.05150): (q - k) % step == 0 and |q - k| <= radius * step.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow dilated_row();

}  // namespace heddle::attention
