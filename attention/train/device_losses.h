#pragma once
// The losses of samples that a device has computed, made there: labels go there, sums come back.
// The same definition as losses.h. Threads: one caller. Errors: as losses.h.

#include "attention/backend/backend.h"
#include "attention/model/training_function.h"
#include "attention/train/losses.h"
#include "attention/train/objective.h"

#include <memory>
#include <string>
#include <vector>

namespace heddle::attention::train {

/// What so many samples are judged by: labels, u8 (rows, columns) each.
struct ModelLabels {
  std::int64_t windows = 1;
  std::int32_t columns = 1;
  const float* teacher = nullptr;  // on the device: its logits, as the output; null: there is none
};

class DeviceLosses {
 public:
  /// Of a workspace's output of `windows` samples, f32 (rows, channels) each. The back end must
  /// have losses (gradient_op.h).
  DeviceLosses(const Backend& backend,
               std::vector<LossSpec> losses,
               const TrainingWorkspace& work,
               const std::string& output,
               const ModelLabels& labels);

  /// u8 (rows, columns) of a sample, for the caller to fill.
  TensorView labels(std::int64_t window) const;
  /// Before every TrainingFunction::learn(): the first `count` samples count, the others do not.
  /// Throws on a label that is no class of its group.
  void begin(std::int64_t count);
  const BetweenPasses& between() const { return between_; }
  /// After it.
  SampleLoss of(std::int64_t window) const;

 private:
  struct Layout {
    std::size_t labels, scales, groups, weights, sums, bytes;
  };
  Layout layout(std::size_t class_weights) const;
  template <class T>
  T* host(std::size_t at) const {
    return reinterpret_cast<T*>(static_cast<std::uint8_t*>(arena_->host()) + at);
  }
  template <class T>
  T* device(std::size_t at) const {
    return reinterpret_cast<T*>(static_cast<std::uint8_t*>(arena_->data()) + at);
  }

  const std::vector<LossSpec> losses_;
  std::int64_t rows_;
  std::int64_t channels_;
  const ModelLabels shape_;
  Layout at_;
  std::unique_ptr<DeviceArena> arena_;
  std::vector<LossWeight> counted_;  // (windows, losses), of the samples that count
  BetweenPasses between_;
};

}  // namespace heddle::attention::train
