#pragma once
// Through which rows of their views a call's places are loaded (attention/backend/ordered_op.h).

#include "attention/backend/ordered_op.h"

namespace heddle::attention::cpu {

struct RowOrders {
  RowOrder queries;
  RowOrder keys;
  RowOrder results;  // of the forward, where a gradient reads them
};

}  // namespace heddle::attention::cpu
