#pragma once
// A foreground mask -> boxes: speckles removed, holes and cracks closed, pieces of one thing
// joined.

#include "pipeline/box.h"

#include <opencv2/core.hpp>

#include <vector>

namespace heddle::pipeline {

struct Blob {
  cv::Rect rect;      // of the mask
  double pixels = 0;  // foreground in it
  int label = 0;      // of its largest piece in BlobMap::labels
};

struct BlobMap {
  std::vector<Blob> blobs;  // largest first
  cv::Mat labels;           // (h, w) int32, 0 is background
};

/// `mask`: 255 where something differs. Pieces smaller than `minimum_pixels` are dropped after
/// joining.
BlobMap find_blobs(const cv::Mat& mask, double minimum_pixels);

}  // namespace heddle::pipeline
