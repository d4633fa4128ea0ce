#pragma once
// One mean key for each block of keys, kept up to date in O(dim) a token, and the scores of a query
// against all of them (MoBA, arXiv 2502.13189). The sum of a block adds its keys in the order given
// and a score adds its products in the order of the dimensions, so that both are functions of the
// block and the query alone, never of chunks or threads.
// Threads: many readers or one writer. Allocates at construction only.
// Errors: std::invalid_argument for room for fewer scores than slots.

#include "attention/selectors/lane_scores.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

struct SummarySpec {
  int heads = 1;
  int dim = 0;
  std::int64_t slots = 0;  // blocks held
  std::int64_t block = 0;  // keys a block
};

class BlockSummaries {
 public:
  explicit BlockSummaries(const SummarySpec& spec);

  void clear(std::int64_t slot);
  /// Adds one key (dim) to the block in `slot`.
  void add(int head, std::int64_t slot, const float* key);
  /// scores[slot] = query . mean key, for the slots [0, slots); scores has room for
  /// score_room(spec) elements.
  void score(int head, const float* query, std::span<float> scores) const;

  /// sum of the block's keys (dim), gathered.
  void sum_of(int head, std::int64_t slot, std::span<float> sum) const;

  const TensorView& sums() const { return sums_.view(); }  // for snapshots
  static std::size_t bytes(const SummarySpec& spec);
  /// `slots` rounded up to whole groups.
  static std::size_t score_room(const SummarySpec& spec);

 private:
  float* group(int head, std::int64_t slot) const;

  SummarySpec spec_;
  Tensor sums_;  // (heads, groups, dim, kSummaryLanes)
};

}  // namespace heddle::attention
