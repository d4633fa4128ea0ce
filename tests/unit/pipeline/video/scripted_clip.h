#pragma once
// A drawn clip: three discs of one size and one mean colour, told apart only by a faint pattern,
// cross from left to right, pass behind a bar that hides each for 25 frames, and come out with
// their rows exchanged. Where motion expects one, another appears: only what was remembered of the
// pattern can say who is who.

#include "io/sample.h"
#include "pipeline/box.h"

#include <array>
#include <cstdint>

namespace heddle::pipeline {

class ScriptedClip {
 public:
  static constexpr int kWidth = 448, kHeight = 288;
  static constexpr int kFrames = 190;
  static constexpr int kSprites = 3;
  static constexpr int kDiameter = 44;
  static constexpr int kSpeed = 3;  // pixels a frame
  static constexpr int kHiddenFrames = 25;
  static constexpr int kBarLeft = 190;
  static constexpr int kBarWidth = kDiameter + kSpeed * kHiddenFrames;

  io::Frame frame(std::int64_t number) const;
  Box sprite(int which, std::int64_t number) const;  // whether or not it is visible
  /// Share of the sprite's width that the bar leaves free and the frame shows.
  double visible(int which, std::int64_t number) const;

 private:
  int row(int which, std::int64_t number) const;
};

}  // namespace heddle::pipeline
