#pragma once
#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

PatternRow fixed_row();

}  // namespace heddle::attention
