#pragma once
// The box around the keys of each block, corner by corner, kept up to date in O(dim) a token, and
// the largest product that a query can have with a key inside it: sum over i of max(q_i low_i,
// q_i high_i) (Quest, arXiv 2406.10774). No key of a block scores above it, so a block that holds
// a key above a threshold is never missed; but in many dimensions the bound is far above every key.
// Threads: many readers or one writer. Allocates at construction only.
// Errors: std::invalid_argument for room for fewer scores than slots.

#include "attention/selectors/block_summaries.h"

#include <array>

namespace heddle::attention {

class KeyBoxes {
 public:
  explicit KeyBoxes(const SummarySpec& spec);

  void clear(std::int64_t slot);
  /// Widens the box in `slot` to hold one more key (dim).
  void add(int head, std::int64_t slot, const float* key);
  /// scores[slot] = the bound, for the slots [0, slots); room as for BlockSummaries.
  void score(int head, const float* query, std::span<float> scores) const;

  std::array<TensorView, 2> tensors() const { return {lows_.view(), highs_.view()}; }
  static std::size_t bytes(const SummarySpec& spec) { return 2 * BlockSummaries::bytes(spec); }

 private:
  std::int64_t group(int head, std::int64_t slot) const;

  SummarySpec spec_;
  Tensor lows_;   // (heads, groups, dim, kSummaryLanes)
  Tensor highs_;  // the same
};

}  // namespace heddle::attention
