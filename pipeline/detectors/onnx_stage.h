#pragma once
// Frames -> boxes of a detector in an ONNX file, in the path: leaves them in item.detections.
// Frames are looked at in parallel; with `every` above 1, the first of that many and no others.

#include "pipeline/detectors/onnx.h"
#include "pipeline/item.h"

#include <memory>

namespace heddle::pipeline {

class OnnxStage : public Stage {
 public:
  explicit OnnxStage(std::shared_ptr<const OnnxDetector> detector, std::int64_t every = 1)
      : detector_(std::move(detector)), every_(every) {}
  std::string_view name() const override { return "detector"; }
  Concurrency concurrency() const override { return Concurrency::kUnlimited; }
  void process(Item& item) override {
    if (item.frame && item.number % every_ == 0) item.detections = detector_->detect(*item.frame);
  }
  StageState save() override { return {StageState::kNothing, {}}; }

 private:
  std::shared_ptr<const OnnxDetector> detector_;
  std::int64_t every_;
};

}  // namespace heddle::pipeline
