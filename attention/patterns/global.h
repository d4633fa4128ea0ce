#pragma once
// Global tokens (arXiv 2004.05150): [first, first + count) attend to all and are attended by all.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow global_row();

}  // namespace heddle::attention
