#include "attention/train/model_objective.h"

#include "attention/train/few_threads.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

namespace heddle::attention::train {

ModelObjective::ModelObjective(Parameters parameters,
                               const ModelSpec& spec,
                               const BatchSource& source,
                               const ModelObjectiveSettings& settings,
                               const Backend& backend)
    : TrainedModel(std::move(parameters), spec, settings, backend),
      source_(source),
      slot_(make_slot(source_.columns())),
      teacher_(teacher_of(slot_)) {
  if (!on_device()) return;
  collector_.emplace(std::vector{&slot_.work});
  losses_ = losses_on_device(slot_, teacher_.get());
}

SampleLoss ModelObjective::train(const SampleKey& key, std::span<float> gradient) {
  SampleLoss loss;
  train_all({&key, 1}, gradient, {&loss, 1});
  return loss;
}

void ModelObjective::train_all(std::span<const SampleKey> keys,
                               std::span<float> gradient,
                               std::span<SampleLoss> losses) {
  if (on_device()) {
    learn(keys, losses);
    gradients().set_zero();
    collector_->collect(gradients());
    return add_gradients(1, gradient);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    source_.fill(keys[i], slot_.batches[0]);
    if (teacher_) teacher_->answer(slot_.batches, 1);
    function().forward(now(), slot_.work);
    losses[i] = evaluate_to_learn(slot_, teacher_ ? teacher_->output() : TensorView{});
    gradients().set_zero();
    function().backward(now(), slot_.work, gradients());
    add_gradients(1, gradient);
  }
}

void ModelObjective::learn(std::span<const SampleKey> keys, std::span<SampleLoss> losses) {
  const auto all = static_cast<std::int64_t>(keys.size());
  for (std::int64_t first = 0; first < all; first += slot_.windows()) {
    const std::int64_t count = std::min(slot_.windows(), all - first);
    for_each_by_few(count, [&](std::int64_t i) {
      source_.fill(keys[static_cast<std::size_t>(first + i)],
                   slot_.batches[static_cast<std::size_t>(i)]);
    });
    if (teacher_) teacher_->answer(slot_.batches, count);
    losses_->begin(count);
    function().learn(now(), slot_.work, losses_->between());
    for (std::int64_t i = 0; i < count; ++i) {
      losses[static_cast<std::size_t>(first + i)] = losses_->of(i);
    }
  }
}

std::unique_ptr<StepArrays> ModelObjective::arrays(bool bfloat16) {
  if (!on_device()) return nullptr;
  return arrays_on_device(slot_, bfloat16, [this](auto keys, auto losses) { learn(keys, losses); });
}

SampleLoss ModelObjective::validate(std::int64_t index) {
  SampleLoss loss;
  validate_all(index, {&loss, 1});
  return loss;
}

void ModelObjective::validate_all(std::int64_t first, std::span<SampleLoss> losses) {
  const auto all = static_cast<std::int64_t>(losses.size());
  for (std::int64_t done = 0; done < all; done += slot_.windows()) {
    const std::int64_t count = std::min(slot_.windows(), all - done);
    tbb::parallel_for(std::int64_t{0}, count, [&](std::int64_t i) {
      source_.fill_validation(first + done + i, slot_.batches[static_cast<std::size_t>(i)]);
    });
    function().forward(now(), slot_.work);
    tbb::parallel_for(std::int64_t{0}, count, [&](std::int64_t i) {
      losses[static_cast<std::size_t>(done + i)] = evaluate(slot_, i);
    });
  }
}

}  // namespace heddle::attention::train
