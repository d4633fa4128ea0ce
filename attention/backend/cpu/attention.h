#pragma once
// Attention over a plan with Highway vectors and TBB threads. A query's bits depend only on its own
// values and on the keys it attends, in ascending position: not on how the sequence was cut into
// calls, nor on threads, nor on the other queries. Errors as in attention/backend/attention_op.h.

#include "attention/backend/attention_op.h"

namespace heddle::attention::cpu {

void attention(const AttentionArgs& args);

}  // namespace heddle::attention::cpu
