#pragma once
// What a crop's cells say about an object's box: the values a memory cell carries, and the map of
// where motion expects the object. Cell (i, j) of a crop is 8 x 8 crop pixels, its centre at crop
// pixel (8 j + 4, 8 i + 4).

#include "attention/tensor/tensor.h"
#include "pipeline/box.h"

namespace heddle::pipeline {

inline constexpr int kCellPixels = 8;
inline constexpr int kMemoryValues = 4;
/// sigma from here on means: nowhere in particular.
inline constexpr double kFlatPrior = 9;

/// With u = (x - cx) / w, v = (y - cy) / h at the cell's centre: m = how much of the cell is inside
/// the box, e = m exp(-4 (u^2 + v^2)). Writes [m, e, m u, m v] into out (cells, 4) f32, cells in
/// rows of `columns`. `box` in crop pixels, sides positive.
void memory_values(const Box& box, int columns, const attention::TensorView& out);

struct MotionPrior {
  double cx = 0, cy = 0;      // expected centre, crop pixels
  double sigma = kFlatPrior;  // in units of 128 crop pixels
};
/// max(-|(x, y) - (cx, cy)|^2 / 128^2 / (2 sigma^2), -4) / 4 into out (h, w) f32, which may be one
/// channel of a (h, w, c) map (any strides).
void motion_prior(const MotionPrior& prior, const attention::TensorView& out);

}  // namespace heddle::pipeline
