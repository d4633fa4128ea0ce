#pragma once
// Ways of putting like tokens beside each other, so that a narrow plan over the new order attends
// what matters: the choosing halves of LSH and routing attention, and of coarse-to-fine block
// search. For measurements: shared queries and keys (tokens, 64), no training.
// Threads: plain functions. Errors: none.

#include "attention/patterns/block_plan.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::bench {

/// Tokens by hash: the signs of log2(tokens / 64) random projections; then by position. O(N log N).
std::vector<std::int64_t> order_by_hash(const TensorView& tokens);
/// Tokens by the nearest of `clusters` tokens taken at even distances; then by position.
/// O(N clusters).
std::vector<std::int64_t> order_by_cluster(const TensorView& tokens, std::int64_t clusters);
/// For each block of 64 queries the `top` blocks of keys whose means suit its mean best, searched
/// from means of means of 8 downwards, 8 * top of them a level. O(N log N).
BlockPlan plan_coarse_to_fine(const TensorView& tokens, int top);

}  // namespace heddle::attention::bench
