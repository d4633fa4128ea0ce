#pragma once
// Random blocks (BigBird, arXiv 2007.14062), drawn by a counter-based generator.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow random_row();

}  // namespace heddle::attention
