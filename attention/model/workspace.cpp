#include "attention/model/workspace.h"

#include "attention/model/arena_layout.h"
#include "attention/model/workspace_state.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

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

/// Where every storage lies in one arena.
ArenaLayout layout_of(const Function& function, const std::vector<Shape>& values) {
  std::vector<std::int64_t> sizes(function.storages.size(), 0);
  for (std::size_t v = 0; v < values.size(); ++v) {
    auto& size = sizes[static_cast<std::size_t>(function.storage_of_value[v])];
    size = std::max(size, bytes_of(values[v]));
  }
  ArenaLayout layout = lay_out(function.storages, sizes);
  if (layout.bytes > kMaxWorkspaceBytes) {
    throw std::invalid_argument("the registers need " + std::to_string(layout.bytes) +
                                " bytes, the limit is " + std::to_string(kMaxWorkspaceBytes) +
                                "; use smaller inputs");
  }
  return layout;
}

/// Scratch of the step that needs most of it.
std::int64_t most_scratch(const Function& function, const std::vector<Shape>& values) {
  std::size_t most = 0;
  for (const FunctionStep& step : function.steps) {
    most = std::max(most, step.layer->scratch_bytes(gather(step.inputs, values)));
  }
  return static_cast<std::int64_t>(most);
}

/// Memory on the host or, where the back end has its own, on its device. Gives where the arena and
/// the scratch begin.
std::pair<std::uint8_t*, std::uint8_t*> allocate(Workspace::State& state,
                                                 std::int64_t arena,
                                                 std::int64_t scratch,
                                                 std::size_t mirrored) {
  state.device =
      state.function->backend->arena(static_cast<std::size_t>(arena + scratch), mirrored);
  if (state.device) {
    state.device_bytes = static_cast<std::size_t>(arena + scratch);
    auto* begin = static_cast<std::uint8_t*>(state.device->data());
    return {begin, begin + arena};
  }
  state.arena = Tensor(DType::kU8, {arena});
  state.scratch = Tensor(DType::kU8, {scratch});
  return {state.arena.view().as<std::uint8_t>(),
          static_cast<std::uint8_t*>(state.scratch.view().data)};
}

void bind_steps(Workspace::State& state,
                const std::vector<TensorView>& values,
                std::uint8_t* scratch) {
  for (const FunctionStep& step : state.function->steps) {
    BoundStep bound{.layer = step.layer.get(), .inputs = gather(step.inputs, values)};
    bound.output = values[static_cast<std::size_t>(step.output)];
    bound.scratch =
        view_of(scratch, {static_cast<std::int64_t>(step.layer->scratch_bytes(bound.inputs))});
    bound.plan = step.layer->plan(bound.inputs);
    bound.memory = step.memory;
    state.steps.push_back(std::move(bound));
  }
}

std::size_t aligned_bytes(const TensorView& view) {
  const auto bytes = static_cast<std::size_t>(bytes_of(view));
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

/// What a caller writes and reads of a workspace on a device: views of the host's memory, and the
/// copies between the two.
void mirror(Workspace::State& state) {
  if (!state.device) return;
  auto* at = static_cast<std::uint8_t*>(state.device->host());
  const auto turn = [&at](TensorView& view, std::vector<DeviceCopy>& copies) {
    copies.push_back({at, view.data, static_cast<std::size_t>(bytes_of(view))});
    view.data = at;
    at += aligned_bytes(view);
  };
  for (TensorView& input : state.inputs) turn(input, state.to_device);
  for (TensorView& output : state.outputs) turn(output, state.to_host);
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
  const ArenaLayout layout = layout_of(function, values);
  std::size_t mirrored = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) mirrored += aligned_bytes(values[i]);
  for (const Shape& output : gather(function.output_values, values)) {
    mirrored += aligned_bytes(output);
  }
  const auto [arena, scratch] =
      allocate(*state, layout.bytes, most_scratch(function, values), mirrored);
  for (std::size_t v = 0; v < values.size(); ++v) {
    values[v].data = arena + layout.offsets[static_cast<std::size_t>(function.storage_of_value[v])];
  }
  bind_steps(*state, values, scratch);
  state->inputs.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(inputs.size()));
  state->outputs = gather(function.output_values, values);
  mirror(*state);
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

std::size_t Workspace::bytes() const {
  return state_->arena.bytes() + state_->scratch.bytes() + state_->device_bytes;
}

}  // namespace heddle::attention
