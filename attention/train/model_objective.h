#pragma once
// A model that learns from windows, each on its own. The samples come from a source
// (batch_source.h); the gradients from the function's own backward.
//
// Threads and errors as trained_model.h, and those of the source. Ownership: borrows the source.

#include "attention/train/batch_source.h"
#include "attention/train/trained_model.h"

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
  SampleLoss validate(std::int64_t index) override;
  std::int64_t validation_samples() const override { return source_.validation_samples(); }

  double flop() const override { return slot_.work.forward_flop() + slot_.work.backward_flop(); }
  std::size_t workspace_bytes() const override { return slot_.work.bytes(); }

 private:
  const BatchSource& source_;
  Slot slot_;
};

}  // namespace heddle::attention::train
