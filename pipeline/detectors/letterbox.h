#pragma once
// A frame laid into a model's input, and boxes back onto the frame.

#include "io/sample.h"
#include "pipeline/box.h"
#include "pipeline/detectors/onnx_layouts.h"

#include <opencv2/core.hpp>

namespace heddle::pipeline {

/// How a frame of one size lies in an input of another: scaled, then moved. With Fit::kStretch both
/// sides are scaled apart; else alike, and what stays free is grey.
class Letterbox {
 public:
  Letterbox(cv::Size frame, cv::Size input, Fit fit);

  /// The frame's pixels as the input's, (height, width, 3) uint8 BGR. Throws std::runtime_error
  /// where the frame's bytes are not those of its size.
  cv::Mat lay(const io::Frame& frame) const;
  /// Input pixels -> frame pixels, cut at the frame's edge.
  Box back(const Box& box) const;

 private:
  cv::Size frame_, input_;
  cv::Rect inside_;  // of the input, where the frame lies
  double scale_x_, scale_y_;
};

}  // namespace heddle::pipeline
