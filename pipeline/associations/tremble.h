#pragma once
// How much a detector's boxes tremble about the objects that they are of, from the boxes alone:
// where a place is measured with noise, two changes of its velocity that follow each other point
// against each other; where the thing itself moved, they do not. The mean of -d d' / 4 over second
// differences d, d' of neighbouring frames is the variance of noise that is drawn anew in every
// frame, less of noise that lasts, and nothing (or a little below) of a thing that truly turns.
// A value.

#include "pipeline/box.h"

#include <array>
#include <optional>

namespace heddle::pipeline {

/// Of one object: hand over its box of every frame.
class Tremble {
 public:
  /// Mean of the evidence over centre and sides, as shares of the sides, squared; may be negative.
  /// None until boxes of four frames on end were seen.
  std::optional<double> add(const Box& box);
  void gap() { run_ = 0; }  // a frame without a box

 private:
  static constexpr int kQuantities = 4;  // centre in sides, and the sides' logarithms
  using Values = std::array<double, kQuantities>;

  Values last_{}, change_{}, bend_{};  // second difference: bend
  double width_ = 1, height_ = 1;      // of the run's first box: the unit
  int run_ = 0;                        // frames on end
};

}  // namespace heddle::pipeline
