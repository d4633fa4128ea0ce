#include "pipeline/detectors/motion_stage.h"

#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kColumns = 6;

}  // namespace

attention::Tensor pack_detections(std::span<const Detection> detections) {
  if (detections.empty()) return {};
  attention::Tensor tensor(attention::DType::kF32,
                           {static_cast<std::int64_t>(detections.size()), kColumns});
  float* to = tensor.view().as<float>();
  for (const Detection& d : detections) {
    for (const double value : {d.box.x, d.box.y, d.box.width, d.box.height, d.score, d.change}) {
      *to++ = static_cast<float>(value);
    }
  }
  return tensor;
}

std::vector<Detection> unpack_detections(const attention::Tensor& tensor) {
  if (tensor.empty()) return {};
  const attention::TensorView& view = tensor.view();
  if (view.rank != 2 || view.shape[1] != kColumns) {
    throw std::invalid_argument("association: the proposals are " + describe(view) +
                                "; pass (proposals, 6) as the motion stage does");
  }
  std::vector<Detection> detections;
  const float* from = view.as<float>();
  for (std::int64_t i = 0; i < view.shape[0]; ++i, from += kColumns) {
    detections.push_back({{from[0], from[1], from[2], from[3]}, from[4], from[5]});
  }
  return detections;
}

void MotionStage::process(Item& item) {
  if (!item.frame) return;
  auto& detector =
      lanes_.of(item.lane, [&] { return std::make_unique<MotionDetector>(settings_); });
  item.outputs = pack_detections(detector.detect(*item.frame));
}

MotionStatistics MotionStage::statistics() const {
  MotionStatistics sum;
  lanes_.each([&](const MotionDetector& detector) {
    const MotionStatistics& s = detector.statistics();
    sum.frames += s.frames;
    sum.relearned += s.relearned;
    sum.quiet += s.quiet;
    sum.camera_moved += s.camera_moved;
  });
  return sum;
}

}  // namespace heddle::pipeline
