#pragma once
// Global tokens (arXiv 2004.05150): [first, first + count) attend to all and are attended by all.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow global_row();

}  // namespace heddle::attention
