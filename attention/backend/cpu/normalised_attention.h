#pragma once
// normalised_op.h with Highway vectors and TBB threads. A panel's logits over its whole row are
// kept, (keys of the row, lanes) fp32 a thread: a threshold needs them all. Keys whose weights are
// exactly 0 for a whole panel cost no product with values. Bits do not depend on threads. The
// gradient gives each key head to one thread, and takes fp32 copies of all key and value gradients.
// Errors as in normalised_op.h.

#include "attention/backend/normalised_op.h"

namespace heddle::attention::cpu {

void normalised_attention(const NormalisedArgs& args);
void normalised_attention_gradient(const NormalisedGradientArgs& args);

}  // namespace heddle::attention::cpu
