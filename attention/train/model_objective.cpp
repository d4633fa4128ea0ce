#include "attention/train/model_objective.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::attention::train {
namespace {

std::span<float> elements(const ParameterBlock& block, std::size_t tensor) {
  const TensorView view = block.at(tensor);
  return {view.as<float>(), static_cast<std::size_t>(view.size())};
}

std::span<const float> slot_of(std::span<const float> values, const ParameterSlot& slot) {
  return values.subspan(static_cast<std::size_t>(slot.begin), static_cast<std::size_t>(slot.count));
}

const FunctionSpec& function_of(const ModelSpec& spec, const std::string& name) {
  const auto found = spec.functions.find(name);
  if (found != spec.functions.end()) return found->second;
  throw std::invalid_argument("model '" + spec.name + "' has no function '" + name + "'");
}

}  // namespace

ModelObjective::ModelObjective(Parameters parameters,
                               const ModelSpec& spec,
                               const BatchSource& source,
                               const ModelObjectiveSettings& settings,
                               const Backend& backend)
    : settings_(settings),
      source_(source),
      start_(std::move(parameters)),
      now_(start_.clone()),
      function_(spec, settings.function, start_, backend),
      gradients_(start_),
      work_(function_.make_workspace(settings.inputs, {.checkpoint = settings.checkpoint})) {
  for (const InputSpec& input : function_of(spec, settings_.function).inputs) {
    batch_.inputs[input.name] = work_.input(input.name);
  }
  const TensorView& output = work_.output(settings_.output);
  if (output.rank != 2) {
    throw std::invalid_argument("output '" + settings_.output + "' must be (rows, channels), not " +
                                describe(output));
  }
  const auto channels = static_cast<int>(output.shape[1]);
  losses_ = settings_.losses(channels);
  require_sound(losses_, channels, source_.columns());
  labels_ = Tensor(DType::kU8, {output.shape[0], source_.columns()});
  batch_.labels = labels_.view();
  for (const std::string& name : function_.parameter_names()) {
    const std::size_t tensor = start_.index(name);
    if (!start_.info(tensor).trainable) continue;
    trained_.push_back(tensor);
    list_.add(name, start_.info(tensor).shape);
  }
}

std::vector<std::string> ModelObjective::loss_names() const {
  std::vector<std::string> names;
  for (const LossSpec& loss : losses_) names.push_back(loss.name);
  return names;
}

void ModelObjective::initial(std::span<float> values) const {
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<float> from = elements(start_, trained_[i]);
    std::copy(from.begin(), from.end(), values.begin() + list_.slots()[i].begin);
  }
}

void ModelObjective::use(std::span<const float> values) {
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<const float> from = slot_of(values, list_.slots()[i]);
    std::copy(from.begin(), from.end(), elements(now_, trained_[i]).begin());
  }
}

SampleLoss ModelObjective::evaluate(const TensorView& gradient) {
  function_.forward(now_, work_);
  SampleLoss loss;
  loss.groups = evaluate_losses(losses_, work_.output(settings_.output), labels_.view(), gradient);
  loss.total = total_of(losses_, loss.groups);
  return loss;
}

SampleLoss ModelObjective::train(const SampleKey& key, std::span<float> gradient) {
  source_.fill(key, batch_);
  const SampleLoss loss = evaluate(work_.output_gradient(settings_.output));
  gradients_.set_zero();
  function_.backward(now_, work_, gradients_);
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<const float> from = elements(gradients_, trained_[i]);
    float* to = &gradient[static_cast<std::size_t>(list_.slots()[i].begin)];
    for (std::size_t k = 0; k < from.size(); ++k) to[k] += from[k];
  }
  return loss;
}

SampleLoss ModelObjective::validate(std::int64_t index) {
  source_.fill_validation(index, batch_);
  return evaluate({});
}

Parameters ModelObjective::with(std::span<const float> values) const {
  Parameters made = start_.clone();
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<const float> from = slot_of(values, list_.slots()[i]);
    std::copy(from.begin(), from.end(), elements(made, trained_[i]).begin());
  }
  return made;
}

}  // namespace heddle::attention::train
