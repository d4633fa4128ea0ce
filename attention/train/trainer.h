#pragma once
// The loop of training: gradients of a step's samples summed, clipped by their global norm, given
// to AdamW; a moving average of the parameters beside them. Parameters, moments and average are
// fp32 whatever the model computes in.
//
// The same options, objective and data give the same bits: in one run or resumed, with any threads.
// A step whose loss or gradient is no number changes nothing, is counted and told; after
// `most_bad_steps` in a row the run ends. Threads: one caller.

#include "attention/train/adamw.h"
#include "attention/train/objective.h"
#include "attention/train/schedule.h"
#include "attention/train/step_arrays.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heddle::attention::train {

struct TrainingOptions {
  Schedule schedule;
  AdamW adamw;
  std::int64_t batch = 8;      // samples a step, one after the other: memory is that of one
  double clip = 1;             // largest norm of the gradient; 0: any
  double keep_average = 0.99;  // of the moving average, a step; 0: the average is the parameters
  bool bfloat16 = false;       // the model is given parameters rounded to bf16
  std::int64_t most_bad_steps = 10;
  std::uint64_t seed = 1;
};

struct StepReport {
  std::int64_t step = 0;  // 1: after the first
  SampleLoss loss;        // mean over the samples
  double norm = 0;        // of the gradient, before clipping
  double rate = 0;        // the learning rate
  bool skipped = false;   // not a number: nothing was changed
};

class Trainer {
 public:
  /// Borrows the objective. Throws std::invalid_argument on options out of range.
  Trainer(Objective& objective, const TrainingOptions& options);

  /// One step. Throws TrainingError after too many bad ones, and what the objective throws.
  StepReport step();
  bool finished() const { return steps_done() >= options_.schedule.steps; }

  /// The mean loss over the validation samples, of the average. All zero where there are none.
  /// Nothing where `stop`, asked before each Objective::at_once() samples, says so.
  std::optional<SampleLoss> validate(const std::function<bool()>& stop);
  SampleLoss validate() { return *validate({}); }

  const TrainingOptions& options() const { return options_; }
  const ParameterList& parameters() const { return objective_.parameters(); }
  std::int64_t steps_done() const { return state_.step; }
  /// Brought here where a device keeps the arrays: not for every step. Throws what the device
  /// throws, each time it is asked, until its arrays have come: never an older step's as this
  /// one's.
  const TrainingState& state() const;
  /// What the objective carries from step to step (objective.h), for a checkpoint.
  std::string carried() const { return objective_.carried(); }
  /// Goes on from there. Throws TrainingError when the arrays, or what is carried, do not fit.
  void restore(TrainingState state, const std::string& carried = {});
  /// What to ship: the moving average.
  std::span<const float> average() const { return state().average; }

 private:
  SampleLoss gather();
  void update(StepReport& report);
  void give(std::span<const float> values);
  void change(const AdamStep& step, double keep_average);

  Objective& objective_;
  const TrainingOptions options_;
  mutable TrainingState state_;  // its arrays are behind where a device's have moved on
  mutable bool behind_ = false;
  std::vector<float> gradient_, rounded_;
  std::unique_ptr<StepArrays> there_;  // where a device keeps the arrays
};

}  // namespace heddle::attention::train
