#pragma once
// Frames -> proposals by motion, in the path: one detector a lane. Leaves the proposals in
// item.outputs for the association that follows: (proposals, 6) f32 x, y, width, height, score,
// change; empty when there are none.

#include "pipeline/detectors/motion.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

#include <span>

namespace heddle::pipeline {

attention::Tensor pack_detections(std::span<const Detection> detections);
/// Throws std::invalid_argument when the tensor has another shape.
std::vector<Detection> unpack_detections(const attention::Tensor& tensor);

class MotionStage : public Stage {
 public:
  explicit MotionStage(const MotionSettings& settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "motion"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;

  /// Over all lanes; after the run.
  MotionStatistics statistics() const;

 private:
  MotionSettings settings_;
  PerLane<MotionDetector> lanes_;
};

}  // namespace heddle::pipeline
