#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

namespace heddle::attention {
namespace {

class RowNorm : public Layer {
 public:
  RowNorm(const Backend& backend, double eps) : backend_(backend), eps_(static_cast<float>(eps)) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 1, kMaxRank);
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }

 protected:
  const Backend& backend_;
  float eps_;
};

class RmsNorm final : public RowNorm {
 public:
  RmsNorm(const Backend& backend, double eps, const TensorView& gain)
      : RowNorm(backend, eps), gain_(backend.constant(as_f32(gain))) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_channels(inputs[0], gain_.view().shape[0]);
    return RowNorm::output_shape(inputs);
  }
  void run(const Call& call) const override {
    backend_.rms_norm(call.inputs[0], gain_.view(), eps_, call.output);
  }

 private:
  Constant gain_;
};

class LayerNorm final : public RowNorm {
 public:
  LayerNorm(const Backend& backend, double eps, const TensorView& gain, const TensorView& bias)
      : RowNorm(backend, eps),
        gain_(backend.constant(as_f32(gain))),
        bias_(backend.constant(as_f32(bias))) {
    require_channels(bias_.view(), gain_.view().shape[0]);
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_channels(inputs[0], gain_.view().shape[0]);
    return RowNorm::output_shape(inputs);
  }
  void run(const Call& call) const override {
    backend_.layer_norm(call.inputs[0], gain_.view(), bias_.view(), eps_, call.output);
  }

 private:
  Constant gain_;
  Constant bias_;
};

class L2Normalize final : public RowNorm {
 public:
  using RowNorm::RowNorm;

  void run(const Call& call) const override {
    backend_.l2_normalize(call.inputs[0], eps_, call.output);
  }
};

}  // namespace

std::unique_ptr<Layer> make_rms_norm(Step& step, LayerContext& context) {
  const std::string name = step.options.text("weights") + ".weight";
  const TensorView& gain = require_rank(name, context.tensor(name), 1);
  return std::make_unique<RmsNorm>(context.backend, step.options.number("eps"), gain);
}

std::unique_ptr<Layer> make_layer_norm(Step& step, LayerContext& context) {
  const std::string name = step.options.text("weights");
  const TensorView& gain = require_rank(name + ".weight", context.tensor(name + ".weight"), 1);
  const TensorView& bias = require_rank(name + ".bias", context.tensor(name + ".bias"), 1);
  return std::make_unique<LayerNorm>(context.backend, step.options.number("eps"), gain, bias);
}

std::unique_ptr<Layer> make_l2_normalize(Step& step, LayerContext& context) {
  return std::make_unique<L2Normalize>(context.backend, step.options.number("eps"));
}

}  // namespace heddle::attention
