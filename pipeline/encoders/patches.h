#pragma once
// Frames -> square crops around an object, the input of the tracking network.
//
// Crop pixel i of n samples the frame at X = cx + ((i + .5) / n - .5) * side, where the centre of
// frame pixel j lies at j + .5: bilinear, with the border replicated. A crop that shrinks the frame
// by k = round(side / n) takes k x k such samples a pixel and averages them. The weights of both
// steps are separable, so each output pixel is one weighted run of columns of a weighted run of
// rows: the same sum, without k x k reads.
// Threads: safe to call concurrently with disjoint outputs; rows run in parallel (TBB), bits do not
// depend on their number.

#include "attention/tensor/tensor.h"
#include "io/sample.h"

namespace heddle::pipeline {

/// A square of `side` frame pixels around (cx, cy).
struct CropWindow {
  double cx = 0, cy = 0, side = 0;
};

/// Writes the n x n crop into `out` (n, n, 3) f32, BGR 0..255. Throws std::invalid_argument for an
/// empty frame, a side that is not positive and finite, or another shape.
void sample_crop(const io::Frame& frame,
                 const CropWindow& window,
                 const attention::TensorView& out);

}  // namespace heddle::pipeline
