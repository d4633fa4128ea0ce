#pragma once
// Two bits a dimension of every key of each block, around the block's mean, and the best product
// that a query has with any of them, as far as those bits tell. A mean of 64 keys drowns one of
// them (its share is 1/64, the noise of the others 1/8 of a key's noise), and a box grows with
// every key; a few bits keep each key apart at a fraction of its bytes.
//
// A key's residual r = k - mean is turned twice (more often where dim < 32, to fill 64 bits), each
// time under other random signs, fixed, by a Hadamard transform, so that no direction is special;
// the signs s of all turns are kept, and c = |r|^2 / sum |r_i|. Then
//   q.k ~ q.mean + c * sum_i s_i q_i      (RaBitQ, arXiv 2405.12497: unbiased over the turns)
// with the turned query rounded to 6 bits, so that the sum is whole numbers: popcounts, the same on
// every machine. A block's score is the largest over its keys. The error of a product of unit
// vectors at cosine x is about 0.75 sqrt((1 - x^2) / bits), and nearly none for a query that is the
// key itself: with one bit a dimension of 64 the best of 1,000 keys at cosine 0.9 would still beat
// the key asked for.
//
// Bytes a key: bits / 8 + 2. Threads: many readers (each with its own Query) or one writer.
// Allocates at construction only.

#include "attention/selectors/block_summaries.h"

#include <array>
#include <vector>

namespace heddle::attention {

class KeySketches {
 public:
  explicit KeySketches(const SummarySpec& spec);

  /// Sketches a whole block: keys (block, dim) contiguous, around `mean` (dim).
  void set(int head, std::int64_t slot, const float* keys, const float* mean);

  /// A query made ready; holds room, so that scoring allocates nothing.
  class Query {
   public:
    explicit Query(const SummarySpec& spec);

   private:
    friend class KeySketches;
    std::vector<float> turned_;          // (padded)
    std::vector<std::uint64_t> planes_;  // (kPlanes, words): bits of the rounded query
    std::vector<std::int64_t> sums_;     // (block, padded to kKeyLanes)
    float step_ = 0;
    std::int64_t total_ = 0;  // of the rounded query
  };
  void prepare(const float* query, Query& prepared) const;
  /// Adds to scores[slot] the best estimated product of the query with a residual of that slot's
  /// block, for the slots [begin, end).
  void add_scores(
      int head, Query& query, std::int64_t begin, std::int64_t end, std::span<float> scores) const;

  std::array<TensorView, 2> tensors() const { return {codes_.view(), factors_.view()}; }
  static std::size_t bytes(const SummarySpec& spec);

 private:
  void turn(float* x) const;

  SummarySpec spec_;
  std::int64_t words_;
  std::int64_t keys_;         // spec.block, rounded up to whole vectors
  std::vector<float> signs_;  // (padded) +-1 / sqrt(padded)
  std::vector<float> turned_;
  Tensor codes_;    // i64 (heads, slots, words, keys): bit i % 64 of word i / 64
  Tensor factors_;  // bf16 (heads, slots, keys)
};

}  // namespace heddle::attention
