#pragma once
// a | b: pairs that either attends. Flattened: (a | b) | c and a | (b | c) are one list.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow union_row();

}  // namespace heddle::attention
