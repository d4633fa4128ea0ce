#pragma once
// Scalar, fp64 throughout: a literal reading of normalised_op.h, the judge of every other back end.
// Single-threaded. Errors as in attention/backend/attention_op.h.

#include "attention/backend/normalised_op.h"

namespace heddle::attention::reference {

void normalised_attention(const NormalisedArgs& args);
void normalised_attention_gradient(const NormalisedGradientArgs& args);

}  // namespace heddle::attention::reference
