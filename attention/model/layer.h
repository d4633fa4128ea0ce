#pragma once
// One operation of a model: weights packed once when the model is loaded, then run on registers.
// THE LIST is layer_list.cpp; the operations are described in layers/layers.h.
// Threads: const and shared; everything that changes is in Call. Errors: std::invalid_argument with
// both shapes; callers add where in the model it happened.

#include "attention/backend/backend.h"
#include "attention/memory/rolling_memory.h"
#include "attention/model/plan_cache.h"
#include "attention/model/program.h"
#include "attention/tensor/tensor.h"
#include "attention/weights/safetensors.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

/// Dtype and extents of a register that has no memory yet: a view without data.
using Shape = TensorView;

inline Shape shape_of(DType dtype, std::initializer_list<std::int64_t> extents) {
  return view_of(nullptr, dtype, std::span(extents.begin(), extents.size()));
}

/// Where a segment lies in its sequence, for models with memory. Rows are tokens of the segment.
struct SegmentPosition {
  std::int64_t first = 0;       // absolute position of row 0; negative where the halo leaves the
                                // sequence: such rows attend nothing and are attended by nothing
  std::int64_t core_begin = 0;  // rows [core_begin, core_end) are written to memory, after use
  std::int64_t core_end = 0;
  bool read_past = true;  // false: memory is written but not read (ablation)
};

/// One execution of a layer.
struct Call {
  std::span<const TensorView> inputs;
  TensorView output;
  TensorView scratch;               // u8, of scratch_bytes()
  const BlockPlan* plan = nullptr;  // what Layer::plan gave
  RollingMemory* memory = nullptr;  // where Layer::memory asks for one
  SegmentPosition position;
};

class Layer {
 public:
  virtual ~Layer() = default;

  /// The output's shape for these inputs; throws when the inputs do not fit.
  virtual Shape output_shape(std::span<const Shape> inputs) const = 0;
  /// May the output take the place of the first input when both have one name?
  virtual bool in_place() const { return false; }
  /// Is the output added to what its register holds?
  virtual bool accumulates() const { return false; }
  virtual std::size_t scratch_bytes(std::span<const TensorView> /*inputs*/) const { return 0; }
  /// A plan that all calls with these shapes share, or null.
  virtual std::shared_ptr<const BlockPlan> plan(std::span<const Shape> /*inputs*/) const {
    return nullptr;
  }
  /// The memory this layer rolls, one a stream.
  virtual std::optional<MemorySpec> memory() const { return std::nullopt; }

  /// Multiply-adds of a run that shapes and plan tell beforehand: those of products and of
  /// attention inside the segment. Rows and elements at a time, and what a memory adds, count
  /// nothing.
  virtual double multiply_adds(const Call& /*call*/) const { return 0; }

  virtual void run(const Call& call) const = 0;
};

/// What a layer is made of. Notes which tensors were used.
class LayerContext {
 public:
  using Tensors = std::map<std::string, TensorView, std::less<>>;

  LayerContext(const Weights& weights, const Backend& on, PlanCache& shared_plans)
      : backend(on), plans(shared_plans), weights_(&weights) {}
  /// For a function that learns: its layers take only shapes from these tensors, because values
  /// come with each call (layer_gradient.h); products are not packed and must not be run.
  LayerContext(const Tensors& parameters, const Backend& on, PlanCache& shared_plans)
      : backend(on), plans(shared_plans), parameters_(&parameters) {}

  bool learns() const { return parameters_ != nullptr; }
  /// A tensor of the file as it is stored; throws WeightsError when there is none.
  const TensorView& tensor(const std::string& name);
  const std::set<std::string, std::less<>>& used() const { return used_; }

  /// Packed products; null for a function that learns.
  std::unique_ptr<Dense> linear(const LinearSpec& spec) const {
    return learns() ? nullptr : backend.linear(spec);
  }
  std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) const {
    return learns() ? nullptr : backend.conv1d(spec);
  }
  std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) const {
    return learns() ? nullptr : backend.conv2d(spec);
  }

  const Backend& backend;
  PlanCache& plans;

 private:
  const Weights* weights_ = nullptr;
  const Tensors* parameters_ = nullptr;
  std::set<std::string, std::less<>> used_;
};

/// The names of all operations, in the list's order.
std::vector<std::string_view> layer_names();

/// Makes the layer that `step.op` names. Throws std::invalid_argument or WeightsError.
std::unique_ptr<const Layer> make_layer(Step& step, LayerContext& context);

}  // namespace heddle::attention
