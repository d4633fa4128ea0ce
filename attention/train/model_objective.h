#pragma once
// A model that learns from windows, each on its own. The samples come from a source
// (batch_source.h); the gradients from the function's own backward.
//
// On the host samples run one after another with threads inside; on a device settings.at_once of
// them together, in one workspace, because one alone does not fill a card. Sums have one order,
// which the samples at once change in its last digits. A device's training samples are asked for by
// a few threads (few_threads.h): a source that takes its time belongs behind one that works ahead.
//
// Where there is a teacher, it answers the training samples first, in the same place.
//
// Threads and errors as trained_model.h, and those of the source. Ownership: borrows the source.

#include "attention/model/gradient_collector.h"
#include "attention/train/batch_source.h"
#include "attention/train/trained_model.h"

#include <memory>
#include <optional>
#include <vector>

namespace heddle::attention::train {

class ModelObjective : public TrainedModel {
 public:
  /// `parameters` are where training begins. Throws std::invalid_argument where losses and output
  /// do not fit.
  ModelObjective(Parameters parameters,
                 const ModelSpec& spec,
                 const BatchSource& source,
                 const ModelObjectiveSettings& settings,
                 const Backend& backend);

  SampleLoss train(const SampleKey& key, std::span<float> gradient) override;
  void train_all(std::span<const SampleKey> keys,
                 std::span<float> gradient,
                 std::span<SampleLoss> losses) override;
  SampleLoss validate(std::int64_t index) override;
  void validate_all(std::int64_t first, std::span<SampleLoss> losses) override;
  std::int64_t validation_samples() const override { return source_.validation_samples(); }
  std::int64_t at_once() const override { return slot_.windows(); }
  std::unique_ptr<StepArrays> arrays(bool bfloat16) override;

  double flop() const override { return slot_.work.forward_flop() + slot_.work.backward_flop(); }
  std::size_t workspace_bytes() const override { return slot_.work.bytes(); }

 private:
  /// Losses and gradients of all samples, which stay where they are on a device.
  void learn(std::span<const SampleKey> keys, std::span<SampleLoss> losses);

  const BatchSource& source_;
  Slot slot_;
  const std::unique_ptr<Teacher> teacher_;  // null: there is none
  // Where a device computes.
  std::optional<GradientCollector> collector_;
  std::unique_ptr<DeviceLosses> losses_;
};

}  // namespace heddle::attention::train
