#pragma once
// Needles in a haystack of keys: every needle is a unit key that occurs once, among 1,000
// distractors at a cosine of 0.9 to it, all scattered over the beginning of the stream; random unit
// keys follow for ever. A value is one of 16 classes, one-hot; a needle is found when attention
// with its key answers its class. Chance is 1 in 16.

#include "attention/memory/rolling_memory.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

inline constexpr int kNeedleDim = 64;
inline constexpr int kNeedleClasses = 16;
inline constexpr int kDistractors = 1000;

class NeedleStream {
 public:
  NeedleStream(int needles, std::uint64_t seed);

  /// Appends the beginning: needles, distractors and as many random keys.
  void plant(RollingMemory& memory);
  /// Appends random keys until `distance` positions follow the beginning.
  void go_on(RollingMemory& memory, std::int64_t distance);
  /// The share of needles that are answered; queries at this cosine to their needle.
  double found(RollingMemory& memory, double cosine);

 private:
  void random_unit(float* x);
  /// A unit vector at `cosine` to the unit vector `to`.
  void random_beside(const float* to, double cosine, float* x);
  float uniform();  // in [-1, 1)
  void set_row(std::int64_t row, const float* key, int value);
  void append(RollingMemory& memory, std::int64_t rows);

  std::uint64_t state_;
  std::int64_t planted_ = 0;
  Tensor needles_;            // (needles, dim)
  std::vector<int> classes_;  // of the needles
  Tensor keys_;               // (1, chunk, dim)
  Tensor values_;             // (1, chunk, classes)
};

/// What the searches have in common; blocks of 64, int8 behind the ring.
MemorySpec needle_spec(SummaryKind summary, std::int64_t external_blocks, int top_k);

}  // namespace heddle::attention
