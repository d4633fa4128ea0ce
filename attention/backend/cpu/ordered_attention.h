#pragma once
// Attention over places whose rows are loaded through an order: a tile's keys and values are
// gathered into the thread's scratch, where the first level of cache keeps them for every panel of
// queries, and queries as they are packed. The bits of a call over gathered operands.

#include "attention/backend/ordered_op.h"

namespace heddle::attention::cpu {

void attention_in_order(const OrderedArgs& args);
void attention_in_order_gradient(const OrderedGradientArgs& args);

}  // namespace heddle::attention::cpu
