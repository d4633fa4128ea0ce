#pragma once
// Scalar, fp64 throughout: a literal reading of AttentionGradientArgs, the judge of every other
// back end. It takes log_sum_exp and out as they are given, so it also gives a part's share where
// they belong to a softmax over more keys than this plan's. Single-threaded; fp64 copies of all
// gradients. Errors as in attention/backend/attention_op.h.

#include "attention/backend/attention_op.h"

namespace heddle::attention::reference {

void attention_gradient(const AttentionGradientArgs& args);

}  // namespace heddle::attention::reference
