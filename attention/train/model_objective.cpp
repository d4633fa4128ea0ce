#include "attention/train/model_objective.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

namespace heddle::attention::train {

ModelObjective::ModelObjective(Parameters parameters,
                               const ModelSpec& spec,
                               const BatchSource& source,
                               const ModelObjectiveSettings& settings,
                               const Backend& backend)
    : TrainedModel(std::move(parameters), spec, settings, backend), source_(source) {
  const int lanes = on_device() ? kLanes : 1;
  for (int i = 0; i < lanes; ++i) slots_.push_back(make_slot(source_.columns()));
  if (!on_device()) return;
  std::vector<TrainingWorkspace*> works;
  for (Slot& slot : slots_) works.push_back(&slot.work);
  collector_.emplace(std::move(works));
}

SampleLoss ModelObjective::train(const SampleKey& key, std::span<float> gradient) {
  SampleLoss loss;
  if (on_device()) {
    train_all({&key, 1}, gradient, {&loss, 1});
    return loss;
  }
  Slot& slot = slots_[0];
  source_.fill(key, slot.batch);
  function().forward(now(), slot.work);
  loss = evaluate(slot, true);
  gradients().set_zero();
  function().backward(now(), slot.work, gradients());
  add_gradients(1, gradient);
  return loss;
}

void ModelObjective::train_all(std::span<const SampleKey> keys,
                               std::span<float> gradient,
                               std::span<SampleLoss> losses) {
  if (!on_device()) return Objective::train_all(keys, gradient, losses);
  in_lanes(keys.size(), [&](std::size_t i, Slot& slot) {
    source_.fill(keys[i], slot.batch);
    function().forward(now(), slot.work);
    losses[i] = evaluate(slot, true);
    function().accumulate(now(), slot.work);
  });
  gradients().set_zero();
  collector_->collect(gradients());
  add_gradients(1, gradient);
}

SampleLoss ModelObjective::validate(std::int64_t index) {
  SampleLoss loss;
  validate_all(index, {&loss, 1});
  return loss;
}

void ModelObjective::validate_all(std::int64_t first, std::span<SampleLoss> losses) {
  in_lanes(losses.size(), [&](std::size_t i, Slot& slot) {
    source_.fill_validation(first + static_cast<std::int64_t>(i), slot.batch);
    function().forward(now(), slot.work);
    losses[i] = evaluate(slot, false);
  });
}

void ModelObjective::in_lanes(std::size_t count,
                              const std::function<void(std::size_t, Slot&)>& body) {
  const std::size_t lanes = std::min(count, slots_.size());
  std::vector<std::exception_ptr> failed(lanes);
  const auto run = [&](std::size_t lane) {
    try {
      for (std::size_t i = lane; i < count; i += slots_.size()) body(i, slots_[lane]);
    } catch (...) {
      failed[lane] = std::current_exception();
    }
  };
  if (lanes <= 1) {
    if (lanes == 1) run(0);
  } else {
    std::vector<std::jthread> threads;
    for (std::size_t lane = 0; lane < lanes; ++lane) threads.emplace_back(run, lane);
  }
  for (const std::exception_ptr& one : failed) {
    if (one) std::rethrow_exception(one);
  }
}

double ModelObjective::flop() const {
  return slots_[0].work.forward_flop() + slots_[0].work.backward_flop();
}

std::size_t ModelObjective::workspace_bytes() const {
  std::size_t all = 0;
  for (const Slot& slot : slots_) all += slot.work.bytes();
  return all;
}

}  // namespace heddle::attention::train
