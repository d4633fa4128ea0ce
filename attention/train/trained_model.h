#pragma once
// A model as what is trained: its tensors as one flat array, a function of its program, and losses
// on one output. How samples reach it is the derived class's: windows on their own
// (model_objective.h), or streams through memory (stream_objective.h).
//
// Only trainable tensors are parameters here. Threads: one caller; the function uses the calling
// arena's threads, and no bit depends on their number. Errors: those of the function;
// std::invalid_argument where losses and output do not fit, and where nothing is trainable.

#include "attention/model/training_function.h"
#include "attention/train/batch_source.h"
#include "attention/train/device_losses.h"
#include "attention/train/objective.h"
#include "attention/train/step_arrays.h"
#include "attention/train/teacher.h"

#include <functional>
#include <memory>
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
  std::int64_t at_once = 16;  // samples in one workspace, where a device computes
  /// Whose word has LossSpec::taught of each target of training; validation is of labels alone.
  /// Null: nobody's.
  std::shared_ptr<const FrozenModel> teacher;
};

class TrainedModel : public Objective {
 public:
  const ParameterList& parameters() const override { return list_; }
  std::vector<std::string> loss_names() const override;
  void initial(std::span<float> values) const override;
  void use(std::span<const float> values) override;

  /// The model with these values: to be saved.
  Parameters with(std::span<const float> values) const;
  /// Of one sample, forward and backward: the model's work.
  virtual double flop() const = 0;
  virtual std::size_t workspace_bytes() const = 0;

 protected:
  /// `parameters` are where training begins.
  TrainedModel(Parameters parameters,
               const ModelSpec& spec,
               ModelObjectiveSettings settings,
               const Backend& backend);

  /// A workspace's memory, and what a source fills of it, sample by sample.
  struct Slot {
    TrainingWorkspace work;
    std::vector<Tensor> labels;  // u8 (rows, columns); none with losses_on_device()
    std::vector<Batch> batches;

    std::int64_t windows() const { return static_cast<std::int64_t>(batches.size()); }
  };
  /// Throws where the losses ask for other channels or columns.
  Slot make_slot(int columns);
  /// The losses of the slot's last forward().
  SampleLoss evaluate(const Slot& slot, std::int64_t window = 0) const;
  /// Those of window 0 of the host; their gradient becomes the output's.
  SampleLoss evaluate_to_learn(const Slot& slot, const TensorView& teacher = {}) const;
  /// Adds `share` times what backward() left to a flat gradient.
  void add_gradients(float share, std::span<float> to) const;

  /// Arrays of a trainer beside the slot's gradients; `learn` adds to those.
  std::unique_ptr<StepArrays> arrays_on_device(
      const Slot& slot,
      bool bfloat16,
      std::function<void(std::span<const SampleKey>, std::span<SampleLoss>)> learn) const;

  /// Of the settings, for this slot's samples; null: there is none.
  std::unique_ptr<Teacher> teacher_of(const Slot& slot) const;
  /// Losses of the slot's output there, borrowing the teacher's; its batches then fill their
  /// labels.
  std::unique_ptr<DeviceLosses> losses_on_device(Slot& slot, const Teacher* teacher) const;

  const TrainingFunction& function() const { return function_; }
  /// Of use(); where a device computes, shapes alone.
  const Parameters& now() const { return now_; }
  bool on_device() const { return there_ != nullptr; }
  Gradients& gradients() { return gradients_; }

 private:
  const ModelObjectiveSettings settings_;
  const ModelSpec spec_;
  std::vector<std::string> inputs_;  // names
  std::vector<LossSpec> losses_;     // from the first slot on
  Parameters start_;
  Parameters now_;
  const Backend& backend_;
  std::shared_ptr<DeviceParameters> there_;  // what all slots read, where a device computes
  const TrainingFunction function_;
  Gradients gradients_;
  std::vector<std::size_t> trained_;  // tensors, in the list's order
  ParameterList list_;
};

}  // namespace heddle::attention::train
