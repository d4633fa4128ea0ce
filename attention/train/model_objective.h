#pragma once
// A model as an objective: its parameters, a function of its program, and losses on one output. The
// samples come from a source (batch_source.h); the gradients from the function's own backward.
//
// Only trainable tensors are parameters here. Threads: one caller; the function uses the calling
// arena's threads, and no bit depends on their number. Ownership: borrows the source. Errors: those
// of the function and of the source.

#include "attention/model/training_function.h"
#include "attention/train/batch_source.h"
#include "attention/train/objective.h"

#include <functional>
#include <string>
#include <vector>

namespace heddle::attention::train {

struct ModelObjectiveSettings {
  std::string function = "forward";
  std::string output = "logits";  // f32 (rows, channels)
  /// For an output of so many channels.
  std::function<std::vector<LossSpec>(int channels)> losses;
  std::vector<Shape> inputs;  // shapes of a sample, in the function's order
  bool checkpoint = false;    // see attention::TrainingOptions
};

class ModelObjective : public Objective {
 public:
  /// `parameters` are where training begins. Throws std::invalid_argument where losses and output
  /// do not fit.
  ModelObjective(Parameters parameters,
                 const ModelSpec& spec,
                 const BatchSource& source,
                 const ModelObjectiveSettings& settings,
                 const Backend& backend);

  const ParameterList& parameters() const override { return list_; }
  std::vector<std::string> loss_names() const override;
  void initial(std::span<float> values) const override;
  void use(std::span<const float> values) override;
  SampleLoss train(const SampleKey& key, std::span<float> gradient) override;
  SampleLoss validate(std::int64_t index) override;
  std::int64_t validation_samples() const override { return source_.validation_samples(); }

  /// The model with these values: to be saved.
  Parameters with(std::span<const float> values) const;
  /// Of one sample, forward and backward: the model's work.
  double flop() const { return work_.forward_flop() + work_.backward_flop(); }
  std::size_t workspace_bytes() const { return work_.bytes(); }

 private:
  SampleLoss evaluate(const TensorView& gradient);

  const ModelObjectiveSettings settings_;
  const BatchSource& source_;
  std::vector<LossSpec> losses_;
  Parameters start_;
  Parameters now_;
  const TrainingFunction function_;
  Gradients gradients_;
  TrainingWorkspace work_;
  Tensor labels_;  // u8 (rows, columns)
  Batch batch_;
  std::vector<std::size_t> trained_;  // tensors, in the list's order
  ParameterList list_;
};

}  // namespace heddle::attention::train
