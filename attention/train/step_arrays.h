#pragma once
// The state of a run, and who changes its arrays: the trainer itself, or, where a device keeps
// them, StepArrays. Threads: one caller. Errors: what the device throws.

#include "attention/train/adamw.h"
#include "attention/train/objective.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention::train {

/// All that changes while training, as it lies in a checkpoint (checkpoint.h).
struct TrainingState {
  std::int64_t step = 0;     // done, skipped ones included
  std::int64_t updates = 0;  // AdamW's t
  std::int64_t skipped = 0;
  std::int64_t bad_in_a_row = 0;
  std::vector<float> values, first, second, average;
};

/// Values, moments, average and gradient in another memory.
class StepArrays {
 public:
  virtual ~StepArrays() = default;

  virtual void load(const TrainingState& state) = 0;
  /// The arrays alone, each as long as the parameter list already.
  virtual void store(TrainingState& state) = 0;

  /// Adds the gradient of these samples at the values; a loss each.
  virtual void train(std::span<const SampleKey> keys, std::span<SampleLoss> losses) = 0;
  virtual double norm() = 0;  // of the gradient
  /// One step of AdamW from the gradient whose norm() was asked, and the average's. The gradient is
  /// zero then.
  virtual void step(const AdamW& settings, const AdamStep& step, double keep_average) = 0;
  virtual void drop() = 0;  // the gradient, which is then zero
  /// Samples are computed with the average, until the next train().
  virtual void give_average() = 0;
};

}  // namespace heddle::attention::train
