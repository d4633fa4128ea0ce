#pragma once
#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow neighbourhood_row();

}  // namespace heddle::attention
