#pragma once
// Block-local attention: q and k in the same block of `size` positions.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow block_local_row();

}  // namespace heddle::attention
