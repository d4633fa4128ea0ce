#pragma once
// Frames -> boxes of a detector in an ONNX file, in the path: leaves them in item.detections.
// Frames are looked at in parallel.

#include "pipeline/detectors/onnx.h"
#include "pipeline/item.h"

#include <memory>

namespace heddle::pipeline {

class OnnxStage : public Stage {
 public:
  explicit OnnxStage(std::shared_ptr<const OnnxDetector> detector)
      : detector_(std::move(detector)) {}
  std::string_view name() const override { return "detector"; }
  Concurrency concurrency() const override { return Concurrency::kUnlimited; }
  void process(Item& item) override {
    if (item.frame) item.detections = detector_->detect(*item.frame);
  }

 private:
  std::shared_ptr<const OnnxDetector> detector_;
};

}  // namespace heddle::pipeline
