#include "pipeline/detectors/letterbox.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <stdexcept>

namespace heddle::pipeline {

namespace {

constexpr double kGrey = 114;  // what YOLOX and Ultralytics train with

}  // namespace

Letterbox::Letterbox(cv::Size frame, cv::Size input, Fit fit)
    : frame_(frame),
      input_(input),
      inside_(0, 0, input.width, input.height),
      scale_x_(static_cast<double>(input.width) / frame.width),
      scale_y_(static_cast<double>(input.height) / frame.height) {
  if (fit == Fit::kStretch) return;
  scale_x_ = scale_y_ = std::min(scale_x_, scale_y_);
  inside_.width = std::clamp(static_cast<int>(frame.width * scale_x_), 1, input.width);
  inside_.height = std::clamp(static_cast<int>(frame.height * scale_y_), 1, input.height);
  if (fit == Fit::kCorner) return;
  inside_.x = (input.width - inside_.width) / 2;
  inside_.y = (input.height - inside_.height) / 2;
}

cv::Mat Letterbox::lay(const io::Frame& frame) const {
  if (frame.bgr.size() != static_cast<std::size_t>(frame_.area()) * 3) {
    throw std::runtime_error("a frame's bytes do not fit its size");
  }
  // OpenCV has no view of const memory; it is only read.
  const cv::Mat pixels(
      frame_.height, frame_.width, CV_8UC3, const_cast<std::uint8_t*>(frame.bgr.data()));
  cv::Mat laid(input_, CV_8UC3, cv::Scalar::all(kGrey));
  cv::resize(pixels, laid(inside_), inside_.size(), 0, 0, cv::INTER_LINEAR);
  return laid;
}

Box Letterbox::back(const Box& box) const {
  const auto x = [&](double at) {
    return std::clamp((at - inside_.x) / scale_x_, 0.0, static_cast<double>(frame_.width));
  };
  const auto y = [&](double at) {
    return std::clamp((at - inside_.y) / scale_y_, 0.0, static_cast<double>(frame_.height));
  };
  return {x(box.x), y(box.y), x(box.right()) - x(box.x), y(box.bottom()) - y(box.y)};
}

}  // namespace heddle::pipeline
