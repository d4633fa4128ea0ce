#pragma once
// Block-local attention: q and k in the same block of `size` positions.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow block_local_row();

}  // namespace heddle::attention
