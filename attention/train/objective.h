#pragma once
// What is trained: parameters, and the loss of a sample with its gradient. The trainer knows no
// model, no data and no file behind it.
//
// Threads: one caller; an objective may use as many threads as it likes inside, if they change no
// bit. Errors: what an objective throws ends the run.

#include "attention/train/losses.h"
#include "attention/train/parameter_list.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heddle::attention::train {

/// Which sample: everything random about it follows from these numbers (seeds.h).
struct SampleKey {
  std::uint64_t seed = 0;
  std::int64_t step = 0;
  std::int64_t index = 0;  // within the step
};

struct SampleLoss {
  double total = 0;               // what the gradient is of
  std::vector<LossValue> groups;  // in the order of loss_names()
};

class StepArrays;  // step_arrays.h

class Objective {
 public:
  virtual ~Objective() = default;

  virtual const ParameterList& parameters() const = 0;
  virtual std::vector<std::string> loss_names() const = 0;
  /// Where training begins.
  virtual void initial(std::span<float> values) const = 0;
  /// From now on samples are computed with these. Copied.
  virtual void use(std::span<const float> values) = 0;
  /// The loss of a training sample; its gradient is added to `gradient`, which is as long as the
  /// parameters.
  virtual SampleLoss train(const SampleKey& key, std::span<float> gradient) = 0;
  /// The samples of `keys`, one after another or at once; a loss each. The gradient is one sum in
  /// an order that the keys alone fix.
  virtual void train_all(std::span<const SampleKey> keys,
                         std::span<float> gradient,
                         std::span<SampleLoss> losses);
  /// The loss of a sample that training never sees; those of one index are one sample for ever.
  virtual SampleLoss validate(std::int64_t index) = 0;
  /// 0: there are none to validate on.
  virtual std::int64_t validation_samples() const = 0;
  /// Samples [first, first + losses.size()) of them.
  virtual void validate_all(std::int64_t first, std::span<SampleLoss> losses);
  /// How many samples it works on at once.
  virtual std::int64_t at_once() const { return 1; }

  /// Where a device keeps the arrays of a run: for one trainer, beside which this objective is used
  /// for validation alone. `bfloat16`: as TrainingOptions. Null: the trainer keeps them.
  virtual std::unique_ptr<StepArrays> arrays(bool bfloat16);

  /// What else one step leaves for the next, as bytes: memories. Empty where there is nothing.
  virtual std::string carried() const { return {}; }
  /// Goes on with these. Throws TrainingError on bytes that are not this objective's.
  virtual void carry(const std::string& bytes);
};

}  // namespace heddle::attention::train
