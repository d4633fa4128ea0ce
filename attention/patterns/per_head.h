#pragma once
// per_head(a; b; ...): head h follows pattern h % count.
// Threads: constant. Errors: std::invalid_argument for arguments that do not fit (parse_pattern).

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow per_head_row();

}  // namespace heddle::attention
