#include "pipeline/associations/camera_motion.h"

#include "pipeline/detectors/scene_motion.h"

#include <opencv2/imgproc.hpp>

#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kWorkingPixels = 120'000;  // the frame is shrunk by a whole factor to about this
constexpr double kAgreement = 0.5;       // share of points that must follow
constexpr double kStill = 0.15;          // pixels of the shrunk picture: less is no motion

}  // namespace

std::optional<CameraStep> CameraMotion::next(const io::Frame& frame) {
  const cv::Mat whole(
      frame.height, frame.width, CV_8UC3, const_cast<std::uint8_t*>(frame.bgr.data()));
  int factor = 1;
  while (frame.width / (factor + 1) * (frame.height / (factor + 1)) >= kWorkingPixels) ++factor;
  const int columns = std::max(1, frame.width / factor), rows = std::max(1, frame.height / factor);
  cv::Mat small;
  cv::resize(whole(cv::Rect(0, 0, columns * factor, rows * factor)),
             small,
             cv::Size(columns, rows),
             0,
             0,
             cv::INTER_AREA);
  std::vector<std::uint8_t> grey(static_cast<std::size_t>(columns) * rows);
  const cv::Mat current(rows, columns, CV_8UC1, grey.data());
  cv::cvtColor(small, current, cv::COLOR_BGR2GRAY);
  std::swap(grey, grey_);
  const bool comparable = columns == columns_ && rows == rows_ && grey.size() == grey_.size();
  columns_ = columns;
  rows_ = rows;
  if (!comparable) return std::nullopt;
  const SceneMotion motion = scene_motion(cv::Mat(rows, columns, CV_8UC1, grey.data()), current);
  if (!motion.known || motion.agreement < kAgreement || motion.moved < kStill) return std::nullopt;
  const Similarity& camera = motion.camera;
  return CameraStep{camera.a, camera.b, factor * camera.dx, factor * camera.dy};
}

}  // namespace heddle::pipeline
