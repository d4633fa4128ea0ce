#pragma once
// Every pair, or every pair with k <= q.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow dense_row();

}  // namespace heddle::attention
