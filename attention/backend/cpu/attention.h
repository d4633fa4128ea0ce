#pragma once
// Attention over a plan with Highway vectors and TBB threads. A query's bits depend only on its own
// values and on the keys it attends, in ascending position: not on how the sequence was cut into
// calls, nor on threads, nor on the other queries. Errors as in attention/backend/attention_op.h.

#include "attention/backend/attention_op.h"

namespace heddle::attention::cpu {

struct RowOrders;

void attention(const AttentionArgs& args);
/// The same over places: rows of queries, keys and values are loaded through the orders, which are
/// checked already. The plan has no strands.
void attention(const AttentionArgs& args, const RowOrders& orders);

}  // namespace heddle::attention::cpu
