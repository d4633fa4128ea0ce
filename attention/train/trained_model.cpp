#include "attention/train/trained_model.h"

#include "attention/train/device_arrays.h"
#include "attention/train/flat.h"

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

TrainedModel::TrainedModel(Parameters parameters,
                           const ModelSpec& spec,
                           ModelObjectiveSettings settings,
                           const Backend& backend)
    : settings_(std::move(settings)),
      spec_(spec),
      start_(std::move(parameters)),
      now_(start_.clone()),
      backend_(backend),
      there_(backend.on_device() ? std::make_shared<DeviceParameters>(start_, backend) : nullptr),
      function_(spec, settings_.function, start_, backend),
      gradients_(start_) {
  for (const InputSpec& input : function_of(spec, settings_.function).inputs) {
    inputs_.push_back(input.name);
  }
  for (const std::string& name : function_.parameter_names()) {
    const std::size_t tensor = start_.index(name);
    if (!start_.info(tensor).trainable) continue;
    trained_.push_back(tensor);
    list_.add(name, start_.info(tensor).shape);
  }
  if (trained_.empty()) {
    throw std::invalid_argument("model '" + spec.name + "': every tensor of its function '" +
                                settings_.function + "' is frozen; nothing is left to train");
  }
}

TrainedModel::Slot TrainedModel::make_slot(int columns) {
  const std::int64_t windows = there_ ? settings_.at_once : 1;
  Slot slot{function_.make_workspace(
                settings_.inputs,
                {.checkpoint = settings_.checkpoint, .parameters = there_, .windows = windows}),
            {},
            {}};
  const TensorView output = slot.work.output(settings_.output);
  if (output.rank != 2) {
    throw std::invalid_argument("output '" + settings_.output + "' must be (rows, channels), not " +
                                describe(output));
  }
  const auto channels = static_cast<int>(output.shape[1]);
  losses_ = settings_.losses(channels);
  require_sound(losses_, channels, columns);
  for (std::int64_t window = 0; window < windows; ++window) {
    Batch& batch = slot.batches.emplace_back();
    for (const std::string& name : inputs_) batch.inputs[name] = slot.work.input(name, window);
    slot.labels.emplace_back(DType::kU8,
                             std::initializer_list<std::int64_t>{output.shape[0], columns});
    batch.labels = slot.labels.back().view();
  }
  return slot;
}

std::vector<std::string> TrainedModel::loss_names() const {
  std::vector<std::string> names;
  for (const LossSpec& loss : losses_) names.push_back(loss.name);
  return names;
}

void TrainedModel::initial(std::span<float> values) const {
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<float> from = elements(start_, trained_[i]);
    std::copy(from.begin(), from.end(), values.begin() + list_.slots()[i].begin);
  }
}

void TrainedModel::use(std::span<const float> values) {
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const float* from = slot_of(values, list_.slots()[i]).data();
    const TensorView to = there_ ? there_->host(trained_[i]) : now_.at(trained_[i]);
    for_pieces(to.size(), [&](std::int64_t begin, std::int64_t end) {
      std::copy(from + begin, from + end, to.as<float>() + begin);
    });
  }
  if (there_) there_->upload();
}

SampleLoss TrainedModel::evaluate(const Slot& slot, std::int64_t window) const {
  SampleLoss loss;
  loss.groups = evaluate_losses(losses_,
                                slot.work.output(settings_.output, window),
                                slot.batches[static_cast<std::size_t>(window)].labels);
  loss.total = total_of(losses_, loss.groups);
  return loss;
}

SampleLoss TrainedModel::evaluate_to_learn(const Slot& slot, const TensorView& teacher) const {
  SampleLoss loss;
  loss.groups = evaluate_losses(losses_,
                                slot.work.output(settings_.output),
                                slot.batches[0].labels,
                                slot.work.output_gradient(settings_.output),
                                teacher);
  loss.total = total_of(losses_, loss.groups);
  return loss;
}

void TrainedModel::add_gradients(float share, std::span<float> to) const {
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<const float> from = elements(gradients_, trained_[i]);
    float* sum = &to[static_cast<std::size_t>(list_.slots()[i].begin)];
    for_pieces(static_cast<std::int64_t>(from.size()), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) {
        sum[k] += share * from[static_cast<std::size_t>(k)];
      }
    });
  }
}

std::unique_ptr<StepArrays> TrainedModel::arrays_on_device(
    const Slot& slot,
    bool bfloat16,
    std::function<void(std::span<const SampleKey>, std::span<SampleLoss>)> learn) const {
  DeviceArraysSetting setting;
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const ParameterSlot& of = list_.slots()[i];
    setting.slots.push_back({.in_block = start_.info(trained_[i]).offset,
                             .in_list = of.begin,
                             .count = of.count,
                             .decays = of.decays});
  }
  const TensorView gradients = slot.work.device_gradients();
  setting.block = gradients.size();
  setting.gradient = static_cast<float*>(gradients.data);
  setting.given = static_cast<float*>(there_->block());
  setting.bfloat16 = bfloat16;
  setting.train = std::move(learn);
  return make_device_arrays(backend_, std::move(setting));
}

std::unique_ptr<Teacher> TrainedModel::teacher_of(const Slot& slot) const {
  if (!settings_.teacher) return nullptr;
  return std::make_unique<Teacher>(*settings_.teacher,
                                   Pupil{.spec = spec_,
                                         .work = slot.work,
                                         .windows = slot.windows(),
                                         .function = settings_.function,
                                         .output = settings_.output,
                                         .inputs = settings_.inputs},
                                   backend_);
}

std::unique_ptr<DeviceLosses> TrainedModel::losses_on_device(Slot& slot,
                                                             const Teacher* teacher) const {
  const ModelLabels labels{.windows = slot.windows(),
                           .columns = static_cast<std::int32_t>(slot.batches[0].labels.shape[1]),
                           .teacher = teacher == nullptr ? nullptr : teacher->device_output()};
  auto made =
      std::make_unique<DeviceLosses>(backend_, losses_, slot.work, settings_.output, labels);
  for (std::int64_t window = 0; window < labels.windows; ++window) {
    slot.batches[static_cast<std::size_t>(window)].labels = made->labels(window);
  }
  slot.labels.clear();  // nobody fills them
  return made;
}

Parameters TrainedModel::with(std::span<const float> values) const {
  Parameters made = start_.clone();
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    const std::span<const float> from = slot_of(values, list_.slots()[i]);
    std::copy(from.begin(), from.end(), elements(made, trained_[i]).begin());
  }
  return made;
}

}  // namespace heddle::attention::train
