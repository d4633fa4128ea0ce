#pragma once
// Every step-th key (arXiv 1904.10509): (q - k) % step == 0.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow strided_row();

}  // namespace heddle::attention
