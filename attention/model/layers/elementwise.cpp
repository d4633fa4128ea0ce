// Operations that the back end does element by element: gelu, relu, add and swiglu.

#include "attention/model/layers/layers.h"
#include "attention/model/layers/operands.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

using UnaryOp = void (Backend::*)(const TensorView&, const TensorView&) const;

class Unary final : public Layer {
 public:
  Unary(const Backend& backend, UnaryOp op) : backend_(backend), op_(op) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 1, kMaxRank);
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override { (backend_.*op_)(call.inputs[0], call.output); }

 private:
  const Backend& backend_;
  UnaryOp op_;
};

class Add final : public Layer {
 public:
  explicit Add(const Backend& backend) : backend_(backend) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 1, kMaxRank);
    if (inputs[1].rank != inputs[0].rank || inputs[1].shape != inputs[0].shape) {
      throw std::invalid_argument("expected two of one shape, got " + describe(inputs[0]) +
                                  " and " + describe(inputs[1]));
    }
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    backend_.add(call.inputs[0], call.inputs[1], call.output);
  }

 private:
  const Backend& backend_;
};

class SwiGlu final : public Layer {
 public:
  explicit SwiGlu(const Backend& backend) : backend_(backend) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 2, 2);
    if (channels_of(inputs[0]) % 2 != 0) {
      throw std::invalid_argument("expected an even number of channels, got " +
                                  describe(inputs[0]));
    }
    return with_channels(inputs[0], channels_of(inputs[0]) / 2);
  }
  void run(const Call& call) const override { backend_.swiglu(call.inputs[0], call.output); }

 private:
  const Backend& backend_;
};

}  // namespace

std::unique_ptr<Layer> make_gelu(Step&, LayerContext& context) {
  return std::make_unique<Unary>(context.backend, &Backend::gelu);
}

std::unique_ptr<Layer> make_relu(Step&, LayerContext& context) {
  return std::make_unique<Unary>(context.backend, &Backend::relu);
}

std::unique_ptr<Layer> make_add(Step&, LayerContext& context) {
  return std::make_unique<Add>(context.backend);
}

std::unique_ptr<Layer> make_swiglu(Step&, LayerContext& context) {
  return std::make_unique<SwiGlu>(context.backend);
}

}  // namespace heddle::attention
