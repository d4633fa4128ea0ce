#include "attention/model/training_function.h"

#include "attention/model/gradient_collector.h"
#include "attention/model/plan_cache.h"
#include "attention/model/training_state.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::attention {
namespace {

LayerContext::Tensors tensors_of(const Parameters& parameters) {
  LayerContext::Tensors tensors;
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    tensors.emplace(parameters.info(i).name, parameters.at(i));
  }
  return tensors;
}

/// The names that the steps read, and which of them each step reads.
void name_parameters(LearningFunction& learning, const Parameters& parameters) {
  for (const FunctionStep& step : learning.function.steps) {
    for (const std::string& name : step.gradient->parameters()) {
      learning.parameters.push_back(name);
    }
  }
  auto& names = learning.parameters;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    learning.shapes.push_back(parameters.info(parameters.index(name)).shape);
  }
  for (const FunctionStep& step : learning.function.steps) {
    std::vector<std::size_t>& mine = learning.of_step.emplace_back();
    for (const std::string& name : step.gradient->parameters()) {
      mine.push_back(static_cast<std::size_t>(std::lower_bound(names.begin(), names.end(), name) -
                                              names.begin()));
    }
  }
}

/// Where each of the function's parameters lies in these.
std::vector<std::size_t> indices_in(const ParameterBlock& block, const LearningFunction& learning) {
  std::vector<std::size_t> indices;
  indices.reserve(learning.parameters.size());
  for (std::size_t i = 0; i < learning.parameters.size(); ++i) {
    const std::size_t index = block.index(learning.parameters[i]);
    if (block.info(index).shape != learning.shapes[i]) {
      throw std::invalid_argument(learning.name + ": parameter '" + learning.parameters[i] +
                                  "' is " + describe(block.at(index)) +
                                  ", the function was made for " +
                                  describe(view_of(nullptr, DType::kF32, learning.shapes[i])));
    }
    indices.push_back(index);
  }
  return indices;
}

std::vector<TensorView> views_of(const ParameterBlock& block, const LearningFunction& learning) {
  std::vector<TensorView> views;
  for (const std::size_t index : indices_in(block, learning)) views.push_back(block.at(index));
  return views;
}

/// Empty where a parameter is not to be trained.
std::vector<TensorView> trainable_views(const Gradients& gradients,
                                        const Parameters& parameters,
                                        const LearningFunction& learning) {
  std::vector<TensorView> views = views_of(gradients, learning);
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (!parameters.info(parameters.index(learning.parameters[i])).trainable) views[i] = {};
  }
  return views;
}

/// One run of a workspace's actions.
class Runner {
 public:
  Runner(const GradientOps& ops,
         TrainingWorkspace::State& state,
         std::vector<TensorView> values,
         TrainingMemory* memory)
      : ops_(ops), state_(state), memory_(memory), values_(std::move(values)) {}

  void forward() {
    for (std::size_t i = 0; i < state_.schedule.forwards; ++i) forward(state_.actions[i]);
  }

  void backward(const std::vector<TensorView>& gradients) {
    seed();
    for (std::size_t i = state_.schedule.forwards; i < state_.actions.size(); ++i) {
      const BoundAction& bound = state_.actions[i];
      if (bound.action->backward) {
        backward(bound, gradients);
      } else {
        forward(bound);
      }
    }
  }

 private:
  void forward(const BoundAction& bound) {
    const FunctionStep& step = step_of(bound);
    const std::vector<TensorView> parameters = pick(values_, bound);
    if (!bound.base.empty()) copy_all(bound.base, bound.output, false);
    TrainingCall call = call_of(bound, parameters);
    if (step.memory >= 0) call.tape = &memory_->tape(static_cast<std::size_t>(step.memory));
    step.gradient->forward(*step.layer, call);
  }

  void seed() {
    const auto& seeds = state_.place ? state_.place->seeds : state_.seed_views;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      const GradientTarget& target = state_.seed_targets[i];
      if (!target.view.empty()) copy_all(seeds[i], target.view, target.add);
    }
  }

  void backward(const BoundAction& bound, const std::vector<TensorView>& gradients) {
    const std::vector<TensorView> parameters = pick(values_, bound);
    const std::vector<TensorView> to = pick(gradients, bound);
    const FunctionStep& step = step_of(bound);
    GradientCall call{.forward = call_of(bound, parameters),
                      .out_gradient = bound.out_gradient,
                      .input_gradients = bound.input_gradients,
                      .room = bound.room,
                      .parameter_gradients = to};
    if (step.memory >= 0) {
      call.walk =
          &memory_->walk(static_cast<std::size_t>(step.memory), step.gradient->compression(to));
    }
    step.gradient->backward(call);
  }

  const FunctionStep& step_of(const BoundAction& bound) const {
    return state_.learning->function.steps[static_cast<std::size_t>(bound.action->step)];
  }

  /// Those of the action's step.
  std::vector<TensorView> pick(const std::vector<TensorView>& of, const BoundAction& bound) const {
    std::vector<TensorView> picked;
    for (const std::size_t i :
         state_.learning->of_step[static_cast<std::size_t>(bound.action->step)]) {
      picked.push_back(of[i]);
    }
    return picked;
  }

  TrainingCall call_of(const BoundAction& bound, std::span<const TensorView> parameters) const {
    return {.inputs = bound.inputs,
            .output = bound.output,
            .parameters = parameters,
            .kept = bound.kept,
            .plan = bound.plan.get(),
            .chosen = &state_.chosen[static_cast<std::size_t>(bound.action->step)],
            .position = state_.position};
  }

  void copy_all(const TensorView& from, const TensorView& to, bool add) const {
    ops_.columns({.from = from, .to = to, .count = from.shape[from.rank - 1], .add = add});
  }

  const GradientOps& ops_;
  TrainingWorkspace::State& state_;
  TrainingMemory* memory_;
  std::vector<TensorView> values_;
};

/// The function's parameters where the device has them.
std::vector<TensorView> values_there(const TrainingWorkspace::State& state,
                                     const Parameters& parameters) {
  std::vector<TensorView> views;
  for (const std::size_t i : indices_in(parameters, *state.learning)) {
    views.push_back(state.place->parameters->device(i));
  }
  return views;
}

void place_parameters(TrainingWorkspace::State& state, const Parameters& parameters) {
  TrainingPlace& place = *state.place;
  if (!place.parameters) {
    place.own_parameters = true;
    place.parameters =
        std::make_shared<DeviceParameters>(parameters, *state.learning->function.backend);
  } else if (place.own_parameters) {
    place.parameters->set(parameters);
  }
}

/// Where gradients go there; throws where that changed since the line was recorded.
std::vector<TensorView> targets_there(TrainingWorkspace::State& state,
                                      const Parameters& parameters) {
  TrainingPlace& place = *state.place;
  std::vector<TensorView> to;
  std::vector<bool> trained;
  for (const std::size_t i : indices_in(parameters, *state.learning)) {
    const ParameterInfo& info = parameters.info(i);
    trained.push_back(info.trainable);
    to.push_back(info.trainable ? place.gradient(info) : TensorView{});
  }
  if (place.trained.empty()) place.trained = trained;
  if (place.trained == trained) return to;
  throw std::invalid_argument(state.learning->name +
                              ": on a device, which parameters are trainable stays as it was; "
                              "make a workspace for others");
}

void forward_there(const GradientOps& ops,
                   TrainingWorkspace::State& state,
                   const Parameters& parameters) {
  place_parameters(state, parameters);
  const auto steps = [&] {
    Runner(ops, state, values_there(state, parameters), nullptr).forward();
  };
  const TrainingPlace& place = *state.place;
  std::span<const DeviceCopy> back;
  if (!place.outputs_stay) back = place.outputs;
  place.forward->run(place.inputs, steps, back);
}

void backward_there(const GradientOps& ops,
                    TrainingWorkspace::State& state,
                    const Parameters& parameters) {
  TrainingPlace& place = *state.place;
  const std::vector<TensorView> to = targets_there(state, parameters);
  const auto steps = [&] {
    Runner(ops, state, values_there(state, parameters), nullptr).backward(to);
  };
  place.backward->run(place.seed_copies, steps, place.input_gradients);
}

/// Each forward has one backward.
void use_forward(TrainingWorkspace::State& state) {
  if (std::exchange(state.to_learn, false)) return;
  throw std::invalid_argument(state.learning->name +
                              ": backward without a forward of its own; gradients overwrite what "
                              "forward kept, so each forward has one backward");
}

void check_memory(const LearningFunction& learning, const TrainingMemory* memory) {
  const std::size_t wanted = learning.function.memories.size();
  const std::size_t given = memory ? memory->size() : 0;
  if (wanted == given || wanted == 0) return;
  throw std::invalid_argument(learning.name + " rolls " + std::to_string(wanted) +
                              " memories, it was given " + std::to_string(given) +
                              "; use TrainingFunction::make_memory");
}

void check_position(const TrainingMemory& memory, const SegmentPosition& at) {
  const bool ordered = 0 <= at.core_begin && at.core_begin <= at.core_end;
  if (ordered && at.first + at.core_begin == memory.length()) return;
  throw std::invalid_argument("the segment's core begins at position " +
                              std::to_string(at.first + at.core_begin) + ", its memory holds " +
                              std::to_string(memory.length()) +
                              " positions; learn from segments in order and reset between streams");
}

const GradientOps& gradients_of(const Backend& backend) {
  if (const GradientOps* ops = backend.gradients()) return *ops;
  throw std::runtime_error("back end '" + std::string(backend.name()) +
                           "' has no gradients; train with -d cpu");
}

}  // namespace

struct TrainingFunction::State {
  const GradientOps& ops;
  PlanCache plans;  // outlives the layers below, which refer to it
  LearningFunction learning;

  explicit State(const Backend& backend) : ops(gradients_of(backend)) {}

  TrainingWorkspace::State& own(TrainingWorkspace& workspace) const {
    if (workspace.state().learning == &learning) return workspace.state();
    throw std::invalid_argument(learning.name + ": this workspace is another function's");
  }
};

TrainingFunction::TrainingFunction(const ModelSpec& spec,
                                   const std::string& function,
                                   const Parameters& parameters,
                                   const Backend& backend) {
  const auto found = spec.functions.find(function);
  if (found == spec.functions.end()) {
    throw std::invalid_argument("model '" + spec.name + "' has no function '" + function + "'");
  }
  auto state = std::make_shared<State>(backend);
  const LayerContext::Tensors tensors = tensors_of(parameters);
  LayerContext context(tensors, backend, state->plans);
  state->learning.name = spec.name + "." + function;
  state->learning.function = make_function(found->second, state->learning.name, context);
  state->learning.elements = static_cast<std::int64_t>(parameters.flat().size());
  name_parameters(state->learning, parameters);
  state_ = std::move(state);
}

std::span<const std::string> TrainingFunction::parameter_names() const {
  return state_->learning.parameters;
}

TrainingWorkspace TrainingFunction::make_workspace(std::span<const Shape> inputs,
                                                   const TrainingOptions& options) const {
  std::unique_ptr<TrainingWorkspace::State> bound;
  try {
    bound = bind_training(state_->learning, inputs, options);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(state_->learning.name + ": " + error.what());
  }
  bound->owner = state_;
  if (bound->place) bound->place->parameters = options.parameters;
  return TrainingWorkspace(std::move(bound));
}

TrainingMemory TrainingFunction::make_memory(int segments) const {
  return {state_->learning.function.memories, segments};
}

void TrainingFunction::forward(const Parameters& parameters,
                               TrainingWorkspace& workspace,
                               TrainingMemory* memory,
                               const SegmentPosition& position) const {
  TrainingWorkspace::State& state = state_->own(workspace);
  check_memory(state_->learning, memory);
  if (memory && memory->size() > 0) check_position(*memory, position);
  state.position = position;
  state.to_learn = true;
  if (state.place) return forward_there(state_->ops, state, parameters);
  Runner(state_->ops, state, views_of(parameters, state_->learning), memory).forward();
}

void TrainingFunction::backward(const Parameters& parameters,
                                TrainingWorkspace& workspace,
                                Gradients& gradients,
                                TrainingMemory* memory) const {
  TrainingWorkspace::State& state = state_->own(workspace);
  check_memory(state_->learning, memory);
  if (state.place) {
    accumulate(parameters, workspace);
    return GradientCollector({&workspace}).collect(gradients);
  }
  use_forward(state);
  Runner(state_->ops, state, views_of(parameters, state_->learning), memory)
      .backward(trainable_views(gradients, parameters, state_->learning));
}

void TrainingFunction::accumulate(const Parameters& parameters,
                                  TrainingWorkspace& workspace) const {
  TrainingWorkspace::State& state = state_->own(workspace);
  check_memory(state_->learning, nullptr);
  if (state.place) {
    use_forward(state);
    return backward_there(state_->ops, state, parameters);
  }
  if (!state.held) state.held.emplace(parameters);
  backward(parameters, workspace, *state.held);
}

void TrainingFunction::learn(const Parameters& parameters,
                             TrainingWorkspace& workspace,
                             const BetweenPasses& between) const {
  TrainingWorkspace::State& state = state_->own(workspace);
  check_memory(state_->learning, nullptr);
  if (!state.place) {
    throw std::invalid_argument(state_->learning.name +
                                ": forward and backward are one line on a device alone");
  }
  place_parameters(state, parameters);
  const std::vector<TensorView> to = targets_there(state, parameters);
  std::vector<DeviceCopy> in = state.place->inputs;
  in.insert(in.end(), between.in.begin(), between.in.end());
  const auto steps = [&] {
    Runner runner(state_->ops, state, values_there(state, parameters), nullptr);
    runner.forward();
    between.steps();
    runner.backward(to);
  };
  state.to_learn = false;
  state.place->both->run(in, steps, between.out);
}

}  // namespace heddle::attention
