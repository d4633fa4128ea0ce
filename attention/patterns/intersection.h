#pragma once
// a & b: pairs that both attend. The pieces of a product are the overlaps of the factors' pieces.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow intersection_row();

}  // namespace heddle::attention
