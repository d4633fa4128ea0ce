#pragma once
// A model that learns from windows, each on its own. The samples come from a source
// (batch_source.h); the gradients from the function's own backward.
//
// On the host samples run one after another with threads inside; on a device kLanes of them at
// once, each in a workspace and a thread of its own, because one alone does not fill a card.
// Sample i of a step belongs to lane i % kLanes, whatever the machine: sums have one order.
//
// Threads and errors as trained_model.h, and those of the source. Ownership: borrows the source.

#include "attention/model/gradient_collector.h"
#include "attention/train/batch_source.h"
#include "attention/train/trained_model.h"

#include <functional>
#include <optional>

namespace heddle::attention::train {

class ModelObjective : public TrainedModel {
 public:
  static constexpr int kLanes = 16;  // on a device

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
  std::int64_t at_once() const override { return static_cast<std::int64_t>(slots_.size()); }

  double flop() const override;
  std::size_t workspace_bytes() const override;

 private:
  /// body(sample, its lane's slot) for samples [0, count), each lane's in order.
  void in_lanes(std::size_t count, const std::function<void(std::size_t, Slot&)>& body);

  const BatchSource& source_;
  std::vector<Slot> slots_;  // one a lane
  std::optional<GradientCollector> collector_;
};

}  // namespace heddle::attention::train
