#pragma once
// Frames -> proposals by motion, in the path: one detector a lane. Leaves the proposals in
// item.detections for the association that follows.

#include "pipeline/detectors/motion.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

namespace heddle::pipeline {

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
