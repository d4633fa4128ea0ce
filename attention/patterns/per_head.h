#pragma once
// per_head(a; b; ...): head h follows pattern h % count.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow per_head_row();

}  // namespace heddle::attention
