// Gradients of what moves values: one_hot, concat, channels, flatten and add move gradients back.

#include "attention/model/gradients/gradients.h"
#include "attention/model/layers/operands.h"

#include <cstring>

namespace heddle::attention {
namespace {

/// Nothing flows to classes.
class OneHotGradient final : public LayerGradient {
 public:
  void backward(const GradientCall& /*call*/) const override {}
};

class ConcatGradient final : public LayerGradient {
 public:
  explicit ConcatGradient(const GradientOps& ops) : ops_(ops) {}

  void backward(const GradientCall& call) const override {
    std::int64_t at = 0;
    for (std::size_t i = 0; i < call.input_gradients.size(); ++i) {
      const GradientTarget& target = call.input_gradients[i];
      const std::int64_t channels = channels_of(call.forward.inputs[i]);
      if (!target.view.empty()) {
        ops_.columns({.from = call.out_gradient,
                      .to = target.view,
                      .at_from = at,
                      .count = channels,
                      .add = target.add});
      }
      at += channels;
    }
  }

 private:
  const GradientOps& ops_;
};

class ChannelsGradient final : public LayerGradient {
 public:
  ChannelsGradient(const GradientOps& ops, Step& step)
      : ops_(ops),
        first_(step.options.whole("first", 0, 1 << 16)),
        count_(step.options.whole("count", 1, 1 << 16)) {}

  void backward(const GradientCall& call) const override {
    const GradientTarget& target = call.input_gradients[0];
    if (!target.add) {  // the other channels were read by nobody so far
      ops_.columns(
          {.from = target.view, .to = target.view, .count = channels_of(target.view), .scale = 0});
    }
    ops_.columns({.from = call.out_gradient,
                  .to = target.view,
                  .at_to = first_,
                  .count = count_,
                  .add = target.add});
  }

 private:
  const GradientOps& ops_;
  std::int64_t first_;
  std::int64_t count_;
};

/// The same elements under another shape, of as many inputs as there are.
class SameElementsGradient final : public LayerGradient {
 public:
  explicit SameElementsGradient(const GradientOps& ops) : ops_(ops) {}

  void backward(const GradientCall& call) const override {
    for (const GradientTarget& target : call.input_gradients) {
      if (target.view.empty()) continue;
      TensorView to = call.out_gradient;
      to.data = target.view.data;
      ops_.columns(
          {.from = call.out_gradient, .to = to, .count = channels_of(to), .add = target.add});
    }
  }

 private:
  const GradientOps& ops_;
};

}  // namespace

std::unique_ptr<LayerGradient> one_hot_gradient(Step& /*step*/, LayerContext& /*context*/) {
  return std::make_unique<OneHotGradient>();
}

std::unique_ptr<LayerGradient> concat_gradient(Step& /*step*/, LayerContext& context) {
  return std::make_unique<ConcatGradient>(gradient_ops(context));
}

std::unique_ptr<LayerGradient> channels_gradient(Step& step, LayerContext& context) {
  return std::make_unique<ChannelsGradient>(gradient_ops(context), step);
}

std::unique_ptr<LayerGradient> flatten_gradient(Step& /*step*/, LayerContext& context) {
  return std::make_unique<SameElementsGradient>(gradient_ops(context));
}

std::unique_ptr<LayerGradient> add_gradient(Step& /*step*/, LayerContext& context) {
  return std::make_unique<SameElementsGradient>(gradient_ops(context));
}

}  // namespace heddle::attention
