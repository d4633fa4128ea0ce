#pragma once
// Where a film cuts from one scene to another: nothing that was seen before is where it was.
//
// A frame is summed up as a grid of mean colours, with the picture's own brightness divided out. A
// cut is a frame in which most of the grid changed at once, by far more than from frame to frame
// lately, and the picture's colours (a coarse histogram) are others too: a quick pan changes the
// grid but hardly the colours, a flash or a lamp the brightness alone. Dissolves are no cuts.
//
// Threads: one object a stream, calls must not overlap. Cost: some thousand pixels a frame,
// whatever its size; about 50 KB.

#include "io/sample.h"

#include <array>
#include <cstdint>

namespace heddle::pipeline {

class SceneCuts {
 public:
  /// Whether a new scene begins with `frame`. The first frame begins none, one of another size
  /// does.
  bool begins(const io::Frame& frame);
  std::int64_t count() const { return count_; }  // of cuts so far

 private:
  static constexpr int kColumns = 16, kRows = 12, kTones = 4;
  struct Summary {
    std::array<float, kColumns * kRows * 3> cells{};          // colour over mean brightness
    std::array<float, kTones * kTones * kTones> histogram{};  // shares of the samples
  };
  static Summary summary_of(const io::Frame& frame);

  int width_ = 0, height_ = 0;
  Summary last_;
  std::int64_t count_ = 0;
  double usual_ = 0;  // running mean of the grid's change
};

}  // namespace heddle::pipeline
