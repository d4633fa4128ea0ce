#pragma once
// The tracking model's read-out with Highway vectors and TBB threads, over tiles of queries; never
// holds more than a tile of similarities, or `top` candidates a query. The same bits for any number
// of threads. Errors as in attention/backend/attention_op.h.

#include "attention/backend/attention_op.h"

namespace heddle::attention::cpu {

void read_out(const ReadOutArgs& args);

}  // namespace heddle::attention::cpu
