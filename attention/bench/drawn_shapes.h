#pragma once
// Drawn images to learn from: a few shapes of any colour on a ground of another, with noise. Input
// "image" f32 (side, side, 3), 0 to 1; the label of each cell of 2 x 2 pixels, row by row, is what
// is drawn at its middle: 0 ground, then the kinds in their order. The kinds look alike inside:
// which one a cell belongs to is told by its edge, several cells away. Threads: const.

#include "attention/train/batch_source.h"

#include <cstdint>

namespace heddle::attention::bench {

inline constexpr int kShapeKinds = 4;  // disc, square, triangle, ring

class DrawnShapes : public train::BatchSource {
 public:
  /// Throws std::invalid_argument unless side is even and 16 or more.
  explicit DrawnShapes(std::int64_t side);

  int columns() const override { return 1; }
  void fill(const train::SampleKey& key, const train::Batch& batch) const override;
  std::int64_t validation_samples() const override { return 64; }
  void fill_validation(std::int64_t index, const train::Batch& batch) const override;

  std::int64_t side() const { return side_; }
  std::int64_t cells() const { return side_ / 2; }  // of a row, and of a column

 private:
  void draw(std::uint64_t seed, const train::Batch& batch) const;

  const std::int64_t side_;
};

}  // namespace heddle::attention::bench
