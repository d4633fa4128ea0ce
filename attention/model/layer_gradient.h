#pragma once
// How a layer learns: its forward with parameters that come with the call, keeping what its
// backward needs, and its backward. Made beside the Layer of the same step, which knows shapes and
// plans. THE LIST is gradients/gradient_list.cpp; one file each family in gradients/. Threads:
// const and shared; everything that changes is in the call. Errors: as layer.h.

#include "attention/backend/gradient_op.h"
#include "attention/model/layer.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heddle::attention {

class MemoryTape;
class MemoryBackward;

/// One forward of a layer that learns.
struct TrainingCall {
  std::span<const TensorView> inputs;
  TensorView output;                       // holds what is added to, where the layer accumulates
  std::span<const TensorView> parameters;  // in the order of LayerGradient::parameters()
  TensorView kept;                         // of LayerGradient::kept(); or empty
  const BlockPlan* plan = nullptr;         // what Layer::plan gave
  std::shared_ptr<const BlockPlan>* chosen = nullptr;  // a plan made by forward, kept for backward
  MemoryTape* tape = nullptr;  // of a layer that rolls a memory, in forward; then too
  SegmentPosition position;
};

struct GradientCall {
  TrainingCall forward;     // only what reads_input() and reads_output() ask for has its values
  TensorView out_gradient;  // may be overwritten, unless the layer accumulates
  std::span<const GradientTarget> input_gradients;  // one an input
  TensorView room;  // as input 0's gradient, where that is added to and overwrites() says so
  std::span<const TensorView> parameter_gradients;  // added to; empty: not wanted
  MemoryBackward* walk = nullptr;                   // of a layer that rolls a memory
};

class LayerGradient {
 public:
  virtual ~LayerGradient() = default;

  /// Names of the tensors that the step reads.
  virtual std::vector<std::string> parameters() const { return {}; }
  /// Does backward read this input, the output?
  virtual bool reads_input(std::size_t /*input*/) const { return false; }
  virtual bool reads_output() const { return false; }
  /// Can backward only overwrite the gradient of input 0? Then it is given room where it must add.
  virtual bool overwrites() const { return false; }
  /// What else forward leaves for backward.
  virtual std::optional<Shape> kept(std::span<const Shape> /*inputs*/,
                                    const Shape& /*output*/) const {
    return std::nullopt;
  }
  /// Where a layer's memory compresses by weights: which of the parameters' gradients are those of
  /// the compression's keys and values (memory_gradient.h); else empty.
  virtual std::array<TensorView, 2> compression(
      std::span<const TensorView> /*parameter_gradients*/) const {
    return {};
  }
  /// Multiply-adds of backward for one of forward, all gradients wanted.
  virtual double backward_work() const { return 2; }

  /// Runs the layer itself, unless it has parameters or something to keep.
  virtual void forward(const Layer& layer, const TrainingCall& call) const;
  virtual void backward(const GradientCall& call) const = 0;
};

/// The gradient of the layer that `step.op` names, from the options that the layer was made from.
/// Throws std::invalid_argument where there is none.
std::unique_ptr<const LayerGradient> make_layer_gradient(Step& step, LayerContext& context);

}  // namespace heddle::attention
