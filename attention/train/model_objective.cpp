#include "attention/train/model_objective.h"

#include <utility>

namespace heddle::attention::train {

ModelObjective::ModelObjective(Parameters parameters,
                               const ModelSpec& spec,
                               const BatchSource& source,
                               const ModelObjectiveSettings& settings,
                               const Backend& backend)
    : TrainedModel(std::move(parameters), spec, settings, backend),
      source_(source),
      slot_(make_slot(source_.columns())) {}

SampleLoss ModelObjective::train(const SampleKey& key, std::span<float> gradient) {
  source_.fill(key, slot_.batch);
  function().forward(now(), slot_.work);
  const SampleLoss loss = evaluate(slot_, true);
  gradients().set_zero();
  function().backward(now(), slot_.work, gradients());
  add_gradients(1, gradient);
  return loss;
}

SampleLoss ModelObjective::validate(std::int64_t index) {
  source_.fill_validation(index, slot_.batch);
  function().forward(now(), slot_.work);
  return evaluate(slot_, false);
}

}  // namespace heddle::attention::train
