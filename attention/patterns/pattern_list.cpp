#include "attention/patterns/pattern_list.h"

#include "attention/patterns/block_local.h"
#include "attention/patterns/dense.h"
#include "attention/patterns/dilated.h"
#include "attention/patterns/fixed.h"
#include "attention/patterns/global.h"
#include "attention/patterns/intersection.h"
#include "attention/patterns/neighbourhood.h"
#include "attention/patterns/per_head.h"
#include "attention/patterns/random.h"
#include "attention/patterns/strided.h"
#include "attention/patterns/union.h"
#include "attention/patterns/window.h"

#include <array>

namespace heddle::attention {

std::span<const PatternRow> pattern_rows() {
  static const std::array rows{window_row(),
                               strided_row(),
                               dilated_row(),
                               block_local_row(),
                               global_row(),
                               random_row(),
                               fixed_row(),
                               neighbourhood_row(),
                               dense_row(),
                               union_row(),
                               intersection_row(),
                               per_head_row()};
  return rows;
}

}  // namespace heddle::attention
