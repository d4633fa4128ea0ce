#include "attention/model/model.h"

#include "attention/model/function.h"
#include "attention/model/model_info.h"
#include "attention/model/plan_cache.h"
#include "attention/model/workspace_state.h"
#include "attention/weights/safetensors.h"
#include "attention/weights/sha256.h"
#include "attention/weights/weights_error.h"

#include <charconv>
#include <stdexcept>

namespace heddle::attention {
namespace {

double constant_of(const TensorView& tensor, const std::string& where) {
  if (tensor.size() != 1) {
    throw WeightsError(where + ": expected one element, the file has " + describe(tensor));
  }
  Tensor value(DType::kF64, std::span(tensor.shape.data(), static_cast<std::size_t>(tensor.rank)));
  copy(tensor, value.view());
  return *value.view().as<double>();
}

/// A tensor nobody names is a misspelt name or a part that got lost.
void require_all_used(const Weights& weights, const LayerContext& context) {
  for (const auto& [name, tensor] : weights.tensors()) {
    if (!context.used().contains(name)) {
      throw WeightsError(weights.path() + ": tensor '" + name + "' is used by no function");
    }
  }
}

void check_position(const SegmentPosition& at, const Workspace::State& state, MemorySet* memory) {
  const auto layers = state.function->memories.size();
  if (layers == 0) return;
  if (!memory || memory->size() != layers) {
    throw std::invalid_argument(
        "this function rolls " + std::to_string(layers) + " memories, it was given " +
        std::to_string(memory ? memory->size() : 0) + "; use Model::make_memory");
  }
  const bool ordered = 0 <= at.core_begin && at.core_begin <= at.core_end;
  if (!ordered || at.first + at.core_begin != memory->length()) {
    throw std::invalid_argument("the segment's core begins at position " +
                                std::to_string(at.first + at.core_begin) + ", its memory holds " +
                                std::to_string(memory->length()) +
                                " positions; feed segments in order and reset between sequences");
  }
}

void run_steps(const Workspace::State& state, MemorySet* memory, const SegmentPosition& position) {
  for (const BoundStep& step : state.steps) {
    step.layer->run(
        {.inputs = step.inputs,
         .output = step.output,
         .scratch = step.scratch,
         .plan = step.plan.get(),
         .memory = step.memory < 0 ? nullptr : &memory->at(static_cast<std::size_t>(step.memory)),
         .position = position});
  }
}

/// "model.safetensors: constant 'rope'"
std::string place(const std::string& path, std::string_view kind, const std::string& name) {
  std::string text(path);
  return text.append(": ").append(kind).append(" '").append(name).append("'");
}

}  // namespace

struct Model::State {
  explicit State(const Backend& on) : backend(on) {}

  const Backend& backend;
  ModelInfo info;
  PlanCache plans;  // outlives the layers below, which refer to it
  std::map<std::string, double, std::less<>> constants;
  std::map<std::string, Function, std::less<>> functions;

  const Function& function(std::string_view name) const {
    const auto found = functions.find(name);
    if (found == functions.end()) {
      throw std::invalid_argument("model '" + info.name + "' has no function '" +
                                  std::string(name) + "'");
    }
    return found->second;
  }
};

Model Model::load(const std::string& path, const Backend& backend) {
  const Weights weights(path);
  ModelSpec spec = spec_of(weights);
  auto state = std::make_shared<State>(backend);
  state->info = info_of(weights, spec);
  state->info.sha256 = sha256(weights.bytes());
  LayerContext context(weights, backend, state->plans);
  for (const std::string& name : spec.constants) {
    state->constants[name] = constant_of(context.tensor(name), place(path, "constant", name));
  }
  for (auto& [name, function] : spec.functions) {
    const std::string where = place(path, "function", name);
    state->functions.emplace(name, make_function(std::move(function), where, context));
  }
  require_all_used(weights, context);
  return Model(std::move(state));
}

const ModelInfo& Model::info() const { return state_->info; }
const Backend& Model::backend() const { return state_->backend; }

std::int64_t Model::field(std::string_view name) const {
  const auto found = state_->info.fields.find(name);
  std::int64_t value = 0;
  if (found != state_->info.fields.end()) {
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  throw std::invalid_argument(state_->info.path + ": model '" + state_->info.name +
                              "' needs a whole number as field '" + std::string(name) + "'");
}

double Model::constant(std::string_view name) const {
  const auto found = state_->constants.find(name);
  if (found != state_->constants.end()) return found->second;
  throw std::invalid_argument(state_->info.path + ": model '" + state_->info.name +
                              "' has no constant '" + std::string(name) + "'");
}

Workspace Model::make_workspace(std::string_view function, std::span<const Shape> inputs) const {
  std::unique_ptr<Workspace::State> bound;
  try {
    bound = bind_function(state_->function(function), inputs);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(state_->info.name + "." + std::string(function) + ": " +
                                error.what());
  }
  bound->owner = state_;
  return Workspace(std::move(bound));
}

Workspace Model::make_workspace(std::string_view function) const {
  std::vector<Shape> shapes;
  for (const InputSpec& input : state_->function(function).inputs) {
    std::vector<std::int64_t> extents;
    for (const Extent& extent : input.shape) {
      const auto* fixed = std::get_if<std::int64_t>(&extent);
      if (!fixed) {
        throw std::invalid_argument("input '" + input.name + "' of '" + std::string(function) +
                                    "' has no fixed shape; give one");
      }
      extents.push_back(*fixed);
    }
    shapes.push_back(view_of(nullptr, input.dtypes[0], extents));
  }
  return make_workspace(function, shapes);
}

MemorySet Model::make_memory(std::string_view function) const {
  return MemorySet(state_->function(function).memories, state_->info.sha256);
}

void Model::run(Workspace& workspace, MemorySet* memory, const SegmentPosition& position) const {
  Workspace::State& state = workspace.state();
  check_position(position, state, memory);
  if (!state.device) return run_steps(state, memory, position);
  // Layers with memory do not run on a device: what remains is the same in every run.
  state.device->run(
      state.to_device, [&state] { run_steps(state, nullptr, {}); }, state.to_host);
}

}  // namespace heddle::attention
