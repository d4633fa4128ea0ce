#pragma once
// The argument checks that every back end's attention and read_out share: a call that passes here
// reads and writes only inside its views. Errors: std::invalid_argument naming the operand, both
// shapes and the remedy. O(runs + work items + strands) of the plan, nothing is written.
// Threads: plain functions.

#include "attention/backend/attention_op.h"
#include "attention/backend/normalised_op.h"

namespace heddle::attention {

struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t queries = 0;
  std::int64_t key_dim = 0;
  std::int64_t value_dim = 0;
  std::int64_t kv_heads = 1;
};
AttentionShape check(const AttentionArgs& args);

/// The forward call that `args` is the gradient of.
AttentionArgs forward_of(const AttentionGradientArgs& args);
AttentionShape check(const AttentionGradientArgs& args);
/// The parts that every gradient of a call shares.
void check_gradients(const AttentionArgs& call,
                     const TensorView& out_gradient,
                     std::span<const TensorView> query_gradients,
                     std::span<const KeySegmentGradient> segment_gradients);

AttentionShape check(const NormalisedArgs& args);
AttentionShape check(const NormalisedGradientArgs& args);

struct ReadOutShape {
  std::int64_t queries = 0;
  std::int64_t key_dim = 0;
  std::int64_t value_dim = 0;
  std::int64_t keys = 0;  // over all segments
};
ReadOutShape check(const ReadOutArgs& args);

}  // namespace heddle::attention
