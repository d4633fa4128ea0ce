#pragma once
// `heddle bench vision`: a small model of images, trained twice by attention/train from the same
// values on the same drawn images (drawn_shapes.h): once each cell attends to the 2-D neighbourhood
// of cells around its own, once to all cells. Then what share of the cells of images never seen
// each tells rightly, and what an image costs. Everything but the pattern is the same.
//
// The model: a convolution of stride 2, cells of 2 x 2 pixels; layers of rms_norm, rotary positions
// by row of cells, attention, rms_norm, swiglu; a logit a kind. Threads: one caller; uses the
// calling arena's. The same settings give the same bits for any number of them.

#include "attention/bench/drawn_shapes.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace heddle::attention::bench {

struct VisionSettings {
  std::int64_t side = 64;   // pixels
  std::int64_t kernel = 9;  // cells of a neighbourhood's side
  std::int64_t steps = 400;
  std::int64_t batch = 4;
  double learning_rate = 3e-3;
  int channels = 32;
  int heads = 2;
  int layers = 3;
  std::uint64_t seed = 1;
};

/// "neighbourhood(32,32,9)" and "dense()".
std::array<std::string, 2> vision_patterns(const VisionSettings& settings);

struct VisionResult {
  std::string pattern;
  std::int64_t parameters = 0;
  double right = 0;         // share of all cells of validation images
  double right_shapes = 0;  // share of those where a shape is drawn
  double loss = 0;          // of validation
  double keys = 0;          // that a query attends, in the mean
  double training_seconds = 0;
  double image_seconds = 0;  // forward, the best of several
  double image_flop = 0;     // of it
};

/// Trains and judges one. `told` as measure_language's, with the step's loss.
VisionResult measure_vision(const VisionSettings& settings,
                            const std::string& pattern,
                            const std::function<void(std::int64_t, double)>& told = {});

}  // namespace heddle::attention::bench
