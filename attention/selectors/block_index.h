#pragma once
// What is kept of each block so that a query finds the blocks it wants: a mean, a box, or a sketch
// of every key around the mean. One interface for the three; bytes and care rise in this order.
// A score is a function of the block's keys and the query alone. Threads: many readers (each with
// its own Scratch) or one writer. Allocates at construction only.
// Errors: those of the three.

#include "attention/selectors/key_boxes.h"
#include "attention/selectors/key_sketches.h"

#include <array>
#include <vector>

namespace heddle::attention {

enum class SummaryKind : std::uint8_t { kMean, kBox, kSketch };

class BlockIndex {
 public:
  BlockIndex(SummaryKind kind, const SummarySpec& spec);

  void clear(std::int64_t slot);
  void add(int head, std::int64_t slot, const float* key);
  /// The block in `slot` is whole: keys (block, dim) contiguous, those that were added. Needed by
  /// sketches only.
  void close(int head, std::int64_t slot, const float* keys);

  struct Scratch {
    explicit Scratch(const SummarySpec& spec);
    std::vector<float> scores;  // by slot, after score()
    KeySketches::Query query;
  };
  /// scratch.scores[slot] for the slots [0, used); those behind them are not scored in full.
  void score(int head, const float* query, std::int64_t used, Scratch& scratch) const;

  std::array<TensorView, 5> tensors() const;  // for snapshots
  static std::size_t bytes(SummaryKind kind, const SummarySpec& spec);

 private:
  SummaryKind kind_;
  SummarySpec spec_;
  BlockSummaries means_;
  KeyBoxes boxes_;
  KeySketches sketches_;
  std::vector<float> mean_;  // (dim)
};

}  // namespace heddle::attention
