#include "attention/model/arena_layout.h"
#include "attention/model/training_state.h"
#include "attention/model/workspace_state.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kMaxTrainingBytes = std::int64_t{256} << 30;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::vector<Shape> gather(const std::vector<int>& values, const std::vector<Shape>& shapes) {
  std::vector<Shape> gathered;
  gathered.reserve(values.size());
  for (const int value : values) gathered.push_back(shapes[at(value)]);
  return gathered;
}

/// What each step keeps; an empty view with rank 0 where it keeps nothing.
std::vector<std::optional<Shape>> kept_shapes(const Function& function,
                                              const std::vector<Shape>& values) {
  std::vector<std::optional<Shape>> kept;
  for (const FunctionStep& step : function.steps) {
    kept.push_back(step.gradient->kept(gather(step.inputs, values), values[at(step.output)]));
  }
  return kept;
}

TrainingScheduleOptions schedule_options(const std::vector<std::optional<Shape>>& kept,
                                         std::span<const Shape> inputs,
                                         const TrainingOptions& options) {
  TrainingScheduleOptions made{.checkpoint = options.checkpoint};
  for (const Shape& input : inputs) {
    made.wanted_inputs.push_back(options.input_gradients && input.dtype == DType::kF32);
  }
  for (const auto& one : kept) made.keeps.push_back(one.has_value());
  return made;
}

std::int64_t bytes_of(const Shape& shape) {
  return shape.size() * static_cast<std::int64_t>(size_of(shape.dtype));
}

ArenaLayout layout_of(const TrainingSchedule& schedule,
                      const std::vector<TensorView>& slots,
                      std::int64_t windows) {
  std::vector<std::int64_t> sizes(schedule.storages.size(), 0);
  for (std::size_t s = 0; s < slots.size(); ++s) {
    auto& size = sizes[at(schedule.slots[s].storage)];
    size = std::max(size, bytes_of(slots[s]) * windows);
  }
  ArenaLayout layout = lay_out(schedule.storages, sizes);
  if (layout.bytes > kMaxTrainingBytes) {
    throw std::invalid_argument("learning needs " + std::to_string(layout.bytes) +
                                " bytes, the limit is " + std::to_string(kMaxTrainingBytes) +
                                "; use smaller inputs or checkpoints");
  }
  return layout;
}

/// What a place on a device has beside registers.
std::unique_ptr<TrainingPlace> place_for(const LearningFunction& learning,
                                         const TrainingSchedule& schedule,
                                         const std::vector<TensorView>& slots,
                                         const TrainingOptions& options,
                                         std::int64_t registers) {
  const std::int64_t windows = options.windows;
  std::size_t mirrored = 0;
  std::vector<TensorView> seeds;
  for (const int slot : schedule.input_slots) mirrored += mirrored_bytes(slots[at(slot)], windows);
  for (const int slot : schedule.output_slots) {
    mirrored += 2 * mirrored_bytes(slots[at(slot)], windows);
    seeds.push_back(slots[at(slot)]);
  }
  for (const int slot : schedule.input_gradients) {
    if (slot >= 0) mirrored += mirrored_bytes(slots[at(slot)], windows);
  }
  return make_place(*learning.function.backend,
                    {.windows = windows,
                     .runs_again = options.checkpoint,
                     .registers = registers,
                     .seeds = seeds,
                     .mirrored = mirrored,
                     .gradient_elements = learning.elements});
}

/// Gives every slot's shape its memory, in one arena of the host or on the device.
void allocate(TrainingWorkspace::State& state,
              std::vector<TensorView>& slots,
              const TrainingOptions& options) {
  const ArenaLayout layout = layout_of(state.schedule, slots, options.windows);
  state.place = place_for(*state.learning, state.schedule, slots, options, layout.bytes);
  if (!state.place) state.arena = Tensor(DType::kU8, {layout.bytes});
  std::uint8_t* begin =
      state.place ? registers_of(*state.place) : state.arena.view().as<std::uint8_t>();
  for (std::size_t s = 0; s < slots.size(); ++s) {
    slots[s].data = begin + layout.offsets[at(state.schedule.slots[s].storage)];
  }
}

/// Makes bound actions of slots that have memory.
class Binder {
 public:
  Binder(TrainingWorkspace::State& state,
         const std::vector<Shape>& values,
         const std::vector<TensorView>& slots)
      : state_(state), values_(values), slots_(slots), plans_(state.chosen.size()) {}

  void bind(const TrainingAction& action) {
    const FunctionStep& step = state_.learning->function.steps[at(action.step)];
    BoundAction bound{.action = &action};
    bound.inputs = gather(step.inputs, values_);
    for (std::size_t i = 0; i < bound.inputs.size(); ++i) {
      if (action.inputs[i] >= 0) bound.inputs[i] = slot(action.inputs[i]);
    }
    bound.output = action.output >= 0 ? slot(action.output) : values_[at(step.output)];
    if (action.base >= 0 && slot(action.base).data != bound.output.data) {
      bound.base = slot(action.base);
    }
    if (action.kept >= 0) bound.kept = slot(action.kept);
    if (action.out_gradient >= 0) bound.out_gradient = slot(action.out_gradient);
    if (action.room >= 0) bound.room = slot(action.room);
    for (const SlotTarget& target : action.input_gradients) {
      bound.input_gradients.push_back(target_of(target));
    }
    auto& plan = plans_[at(action.step)];
    if (!plan) plan = step.layer->plan(bound.inputs);
    bound.plan = plan;
    state_.actions.push_back(std::move(bound));
  }

  GradientTarget target_of(const SlotTarget& target) const {
    if (target.slot < 0) return {};
    return {.view = slot(target.slot), .add = target.add};
  }
  TensorView slot(int index) const { return slots_[at(index)]; }

 private:
  TrainingWorkspace::State& state_;
  const std::vector<Shape>& values_;
  const std::vector<TensorView>& slots_;
  std::vector<std::shared_ptr<const BlockPlan>> plans_;  // one a step
};

void bind_ends(TrainingWorkspace::State& state, const Binder& binder) {
  for (const int slot : state.schedule.input_slots) state.inputs.push_back(binder.slot(slot));
  for (std::size_t i = 0; i < state.schedule.output_slots.size(); ++i) {
    const TensorView output = binder.slot(state.schedule.output_slots[i]);
    state.outputs.push_back(output);
    if (state.place) {
      state.seed_views.push_back(state.place->seeds[i]);
    } else {
      state.seeds.emplace_back(
          DType::kF32, std::span(output.shape.data(), static_cast<std::size_t>(output.rank)));
      state.seed_views.push_back(state.seeds.back().view());
    }
    state.seed_targets.push_back(binder.target_of(state.schedule.output_gradients[i]));
  }
  for (const int slot : state.schedule.input_gradients) {
    state.input_gradients.push_back(slot < 0 ? TensorView{} : binder.slot(slot));
  }
}

/// What a caller writes and reads of a workspace on a device lies with the host.
void mirror_ends(TrainingWorkspace::State& state) {
  TrainingPlace& place = *state.place;
  for (TensorView& input : state.inputs) place.inputs.push_back(place.mirror(input));
  for (TensorView& output : state.outputs) place.outputs.push_back(place.mirror(output));
  for (TensorView& seed : state.seed_views) {
    place.seed_copies.push_back(place.mirror(seed));
  }
  for (TensorView& gradient : state.input_gradients) {
    if (!gradient.empty()) place.input_gradients.push_back(place.mirror(gradient));
  }
}

struct NamedSample {
  std::string_view name;
  std::int64_t window;
};

/// views[i] of the one whose name is wanted, of one of the samples.
TensorView named(const TrainingWorkspace::State& state,
                 const std::vector<std::string>& names,
                 const std::vector<TensorView>& views,
                 std::string_view kind,
                 const NamedSample& wanted) {
  const auto found = std::find(names.begin(), names.end(), wanted.name);
  if (found == names.end()) {
    throw std::invalid_argument("the function has no " + std::string(kind) + " '" +
                                std::string(wanted.name) + "'");
  }
  const std::int64_t windows = state.place ? state.place->windows : 1;
  if (wanted.window < 0 || wanted.window >= windows) {
    throw std::invalid_argument("sample " + std::to_string(wanted.window) + " of " +
                                std::to_string(windows));
  }
  TensorView view = views[static_cast<std::size_t>(found - names.begin())];
  if (wanted.window > 0) {
    view.data = static_cast<std::uint8_t*>(view.data) + wanted.window * bytes_of(view);
  }
  return view;
}

std::vector<std::string> input_names(const Function& function) {
  std::vector<std::string> names;
  for (const InputSpec& input : function.inputs) names.push_back(input.name);
  return names;
}

}  // namespace

std::unique_ptr<TrainingWorkspace::State> bind_training(const LearningFunction& learning,
                                                        std::span<const Shape> inputs,
                                                        const TrainingOptions& options) {
  const Function& function = learning.function;
  if (options.windows < 1 || (options.windows > 1 && !function.backend->on_device())) {
    throw std::invalid_argument(std::to_string(options.windows) +
                                " samples at once: a workspace of the host has one");
  }
  const std::vector<Shape> values = resolve_shapes(function, inputs);
  const std::vector<std::optional<Shape>> kept = kept_shapes(function, values);
  auto state = std::make_unique<TrainingWorkspace::State>();
  state->learning = &learning;
  state->schedule = schedule_training(function, schedule_options(kept, inputs, options));
  state->chosen.resize(function.steps.size());
  std::vector<TensorView> slots;
  for (const TrainingSlot& slot : state->schedule.slots) {
    slots.push_back(slot.value >= 0 ? values[at(slot.value)] : *kept[at(slot.kept_step)]);
  }
  allocate(*state, slots, options);
  Binder binder(*state, values, slots);
  for (const TrainingAction& action : state->schedule.actions) binder.bind(action);
  bind_ends(*state, binder);
  if (state->place) {
    mirror_ends(*state);
    state->place->outputs_stay = options.outputs_stay;
  }
  return state;
}

TrainingWorkspace::TrainingWorkspace(std::unique_ptr<State> state) : state_(std::move(state)) {}
TrainingWorkspace::TrainingWorkspace(TrainingWorkspace&&) noexcept = default;
TrainingWorkspace& TrainingWorkspace::operator=(TrainingWorkspace&&) noexcept = default;
TrainingWorkspace::~TrainingWorkspace() = default;

TensorView TrainingWorkspace::input(std::string_view name, std::int64_t window) const {
  const auto names = input_names(state_->learning->function);
  return named(*state_, names, state_->inputs, "input", {name, window});
}

TensorView TrainingWorkspace::output(std::string_view name, std::int64_t window) const {
  const auto& names = state_->learning->function.outputs;
  return named(*state_, names, state_->outputs, "output", {name, window});
}

TensorView TrainingWorkspace::output_gradient(std::string_view name, std::int64_t window) const {
  const auto& names = state_->learning->function.outputs;
  return named(*state_, names, state_->seed_views, "output", {name, window});
}

TensorView TrainingWorkspace::input_gradient(std::string_view name, std::int64_t window) const {
  const auto names = input_names(state_->learning->function);
  const TensorView found = named(*state_, names, state_->input_gradients, "input", {name, window});
  if (!found.empty()) return found;
  throw std::invalid_argument("input '" + std::string(name) +
                              "' has no gradient: it was not asked for, or it is not f32, or no "
                              "output depends on it");
}

TensorView TrainingWorkspace::device_gradients() const {
  if (!state_->place) return {};
  return view_of(state_->place->gradients, {1, state_->place->gradient_elements});
}

TensorView TrainingWorkspace::device_output(std::string_view name) const {
  TensorView view = output(name);
  for (const DeviceCopy& copy : state_->place->outputs) {
    if (copy.host == view.data) view.data = copy.device;
  }
  return view;
}

TensorView TrainingWorkspace::device_output_gradient(std::string_view name) const {
  TensorView view = output_gradient(name);
  for (const DeviceCopy& copy : state_->place->seed_copies) {
    if (copy.host == view.data) view.data = copy.device;
  }
  return view;
}

std::size_t TrainingWorkspace::bytes() const {
  std::size_t all = state_->place ? state_->place->bytes : state_->arena.bytes();
  for (const Tensor& seed : state_->seeds) all += seed.bytes();
  return all;
}

namespace {

double multiply_adds(const LearningFunction& learning, const BoundAction& bound) {
  const FunctionStep& step = learning.function.steps[at(bound.action->step)];
  return step.layer->multiply_adds(
      {.inputs = bound.inputs, .output = bound.output, .plan = bound.plan.get()});
}

}  // namespace

double TrainingWorkspace::forward_flop() const {
  double all = 0;
  for (std::size_t i = 0; i < state_->schedule.forwards; ++i) {
    all += multiply_adds(*state_->learning, state_->actions[i]);
  }
  return 2 * all;
}

double TrainingWorkspace::backward_flop() const {
  double all = 0;
  for (const BoundAction& bound : state_->actions) {
    if (!bound.action->backward) continue;
    const FunctionStep& step = state_->learning->function.steps[at(bound.action->step)];
    const bool flows = std::any_of(bound.input_gradients.begin(),
                                   bound.input_gradients.end(),
                                   [](const GradientTarget& to) { return !to.view.empty(); });
    all += multiply_adds(*state_->learning, bound) * (flows ? step.gradient->backward_work() : 1);
  }
  return 2 * all;
}

}  // namespace heddle::attention
