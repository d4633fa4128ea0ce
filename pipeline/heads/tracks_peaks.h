#pragma once
// The head's maps -> boxes of the places where the object is seen.

#include "attention/tensor/tensor.h"
#include "pipeline/box.h"

#include <vector>

namespace heddle::pipeline {

struct CropPeak {
  double visible = 0;
  Box box;  // crop pixels
};

/// Greedy maxima of sigmoid(logit) (h, w): each peak's box is the mean of the boxes that its
/// neighbours inside it draw, weighted by visibility squared; a peak silences cells within .6 of
/// its scale. The first peak is always given, the others while they reach `least`, `most` in all.
std::vector<CropPeak> find_peaks(
    const attention::TensorView& logit,  // (h, w)
    const attention::TensorView& sides,  // (h, w, 4) left top right bottom
    double least,
    int most);

}  // namespace heddle::pipeline
