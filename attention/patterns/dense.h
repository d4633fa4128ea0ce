#pragma once
// Every pair, or every pair with k <= q.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow dense_row();

}  // namespace heddle::attention
