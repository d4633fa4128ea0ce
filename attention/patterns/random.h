#pragma once
// Random blocks (BigBird, arXiv 2007.14062), drawn by a counter-based generator.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow random_row();

}  // namespace heddle::attention
