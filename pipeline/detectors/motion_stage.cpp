#include "pipeline/detectors/motion_stage.h"

namespace heddle::pipeline {

void MotionStage::process(Item& item) {
  if (!item.frame) return;
  auto& detector =
      lanes_.of(item.lane, [&] { return std::make_unique<MotionDetector>(settings_); });
  item.detections = detector.detect(*item.frame);
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
