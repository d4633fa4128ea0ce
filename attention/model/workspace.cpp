#include "attention/model/workspace.h"

#include "attention/model/arena_layout.h"
#include "attention/model/workspace_state.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kMaxWorkspaceBytes = std::int64_t{16} << 30;

[[noreturn]] void refuse(const InputSpec& input, const std::string& what) {
  throw std::invalid_argument("input '" + input.name + "': " + what);
}

/// Does the input fit its declaration? Names of extents are bound at their first use.
void check_input(const InputSpec& input,
                 const Shape& shape,
                 std::map<std::string, std::int64_t>& names) {
  if (std::count(input.dtypes.begin(), input.dtypes.end(), shape.dtype) == 0) {
    refuse(input, "expected " + std::string(name_of(input.dtypes[0])) + ", got " + describe(shape));
  }
  if (shape.rank != static_cast<int>(input.shape.size())) {
    refuse(input,
           "expected " + std::to_string(input.shape.size()) + " axes, got " + describe(shape));
  }
  for (int axis = 0; axis < shape.rank; ++axis) {
    const std::int64_t extent = shape.shape[axis];
    if (extent < 1 || extent > kMaxExtent) {
      refuse(input, "expected extents of 1 to 2^24, got " + describe(shape));
    }
    const Extent& declared = input.shape[static_cast<std::size_t>(axis)];
    const auto* name = std::get_if<std::string>(&declared);
    const std::int64_t wanted =
        name ? names.try_emplace(*name, extent).first->second : std::get<std::int64_t>(declared);
    if (extent != wanted) {
      refuse(input,
             "expected " + std::to_string(wanted) + " along axis " + std::to_string(axis) +
                 ", got " + describe(shape));
    }
  }
}

std::int64_t bytes_of(const Shape& shape) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(
          shape.size(), static_cast<std::int64_t>(size_of(shape.dtype)), &bytes) ||
      bytes > kMaxWorkspaceBytes) {
    throw std::invalid_argument("a register of " + describe(shape) + " is larger than " +
                                std::to_string(kMaxWorkspaceBytes) + " bytes");
  }
  return bytes;
}

std::vector<Shape> gather(const std::vector<int>& values, const std::vector<Shape>& shapes) {
  std::vector<Shape> gathered;
  gathered.reserve(values.size());
  for (const int value : values) gathered.push_back(shapes[static_cast<std::size_t>(value)]);
  return gathered;
}

Shape output_shape(const FunctionStep& step, const std::vector<Shape>& shapes) {
  const Shape made = step.layer->output_shape(gather(step.inputs, shapes));
  bytes_of(made);
  if (!step.layer->accumulates()) return made;
  const Shape& held = shapes[static_cast<std::size_t>(step.output)];
  if (made.rank != held.rank || made.shape != held.shape) {
    throw std::invalid_argument("it adds " + describe(made) + " to a register of " +
                                describe(held));
  }
  return held;
}

/// Gives every value its memory in one arena.
Tensor allocate(const Function& function, std::vector<Shape>& values) {
  std::vector<std::int64_t> sizes(function.storages.size(), 0);
  for (std::size_t v = 0; v < values.size(); ++v) {
    auto& size = sizes[static_cast<std::size_t>(function.storage_of_value[v])];
    size = std::max(size, bytes_of(values[v]));
  }
  const ArenaLayout layout = lay_out(function.storages, sizes);
  if (layout.bytes > kMaxWorkspaceBytes) {
    throw std::invalid_argument("the registers need " + std::to_string(layout.bytes) +
                                " bytes, the limit is " + std::to_string(kMaxWorkspaceBytes) +
                                "; use smaller inputs");
  }
  Tensor arena(DType::kU8, {layout.bytes});
  for (std::size_t v = 0; v < values.size(); ++v) {
    const auto storage = static_cast<std::size_t>(function.storage_of_value[v]);
    void* data = arena.view().as<std::uint8_t>() + layout.offsets[storage];
    values[v] =
        view_of(data,
                values[v].dtype,
                std::span(values[v].shape.data(), static_cast<std::size_t>(values[v].rank)));
  }
  return arena;
}

void bind_scratch(Workspace::State& state) {
  std::int64_t most = 0;
  for (BoundStep& step : state.steps) {
    const auto bytes = static_cast<std::int64_t>(step.layer->scratch_bytes(step.inputs));
    step.scratch = shape_of(DType::kU8, {bytes});
    most = std::max(most, bytes);
  }
  state.scratch = Tensor(DType::kU8, {most});
  for (BoundStep& step : state.steps) step.scratch.data = state.scratch.view().data;
}

}  // namespace

std::vector<Shape> resolve_shapes(const Function& function, std::span<const Shape> inputs) {
  if (inputs.size() != function.inputs.size()) {
    throw std::invalid_argument("expected " + std::to_string(function.inputs.size()) +
                                " inputs, got " + std::to_string(inputs.size()));
  }
  std::vector<Shape> shapes(function.storage_of_value.size());
  std::map<std::string, std::int64_t> names;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_input(function.inputs[i], inputs[i], names);
    shapes[i] = inputs[i];
  }
  for (const FunctionStep& step : function.steps) {
    try {
      shapes[static_cast<std::size_t>(step.output)] = output_shape(step, shapes);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(step.where + ": " + error.what());
    }
  }
  return shapes;
}

std::unique_ptr<Workspace::State> bind_function(const Function& function,
                                                std::span<const Shape> inputs) {
  std::vector<TensorView> values = resolve_shapes(function, inputs);
  auto state = std::make_unique<Workspace::State>();
  state->function = &function;
  state->arena = allocate(function, values);
  for (const FunctionStep& step : function.steps) {
    BoundStep bound{.layer = step.layer.get(), .inputs = gather(step.inputs, values)};
    bound.output = values[static_cast<std::size_t>(step.output)];
    bound.plan = step.layer->plan(bound.inputs);
    bound.memory = step.memory;
    state->steps.push_back(std::move(bound));
  }
  bind_scratch(*state);
  state->inputs.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(inputs.size()));
  state->outputs = gather(function.output_values, values);
  return state;
}

Workspace::Workspace(std::unique_ptr<State> state) : state_(std::move(state)) {}
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
Workspace::~Workspace() = default;

const TensorView& Workspace::input(std::string_view name) const {
  for (std::size_t i = 0; i < state_->inputs.size(); ++i) {
    if (state_->function->inputs[i].name == name) return state_->inputs[i];
  }
  throw std::invalid_argument("the function has no input '" + std::string(name) + "'");
}

const TensorView& Workspace::output(std::string_view name) const {
  for (std::size_t i = 0; i < state_->outputs.size(); ++i) {
    if (state_->function->outputs[i] == name) return state_->outputs[i];
  }
  throw std::invalid_argument("the function has no output '" + std::string(name) + "'");
}

double Workspace::flop() const {
  double multiply_adds = 0;
  for (const BoundStep& step : state_->steps) {
    multiply_adds += step.layer->multiply_adds(
        {.inputs = step.inputs, .output = step.output, .plan = step.plan.get()});
  }
  return 2 * multiply_adds;
}

std::size_t Workspace::bytes() const { return state_->arena.bytes() + state_->scratch.bytes(); }

}  // namespace heddle::attention
