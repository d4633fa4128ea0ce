// Gradients of scale_shift, exp_clamp and log_softmax.

#include "attention/model/gradients/gradients.h"
#include "attention/model/layers/operands.h"

namespace heddle::attention {
namespace {

class ScaleGradient final : public LayerGradient {
 public:
  ScaleGradient(Step& step, LayerContext& context)
      : ops_(gradient_ops(context)), scale_(static_cast<float>(step.options.number("scale"))) {}

  void backward(const GradientCall& call) const override {
    const GradientTarget& target = call.input_gradients[0];
    ops_.columns({.from = call.out_gradient,
                  .to = target.view,
                  .count = channels_of(target.view),
                  .scale = scale_,
                  .add = target.add});
  }

 private:
  const GradientOps& ops_;
  float scale_;
};

class ExpClampGradient final : public LayerGradient {
 public:
  ExpClampGradient(Step& step, LayerContext& context)
      : ops_(gradient_ops(context)),
        limit_(static_cast<float>(step.options.number("limit"))),
        scale_(static_cast<float>(step.options.number("scale"))) {}

  bool reads_input(std::size_t /*input*/) const override { return true; }
  void backward(const GradientCall& call) const override {
    ops_.exp_clamp_gradient({.in = call.forward.inputs[0],
                             .limit = limit_,
                             .scale = scale_,
                             .out_gradient = call.out_gradient,
                             .in_gradient = call.input_gradients[0]});
  }

 private:
  const GradientOps& ops_;
  float limit_;
  float scale_;
};

class LogSoftmaxGradient final : public LayerGradient {
 public:
  LogSoftmaxGradient(Step& step, LayerContext& context)
      : ops_(gradient_ops(context)), groups_(step.options.whole_or("groups", 1, 1, 1 << 16)) {}

  bool reads_output() const override { return true; }
  void backward(const GradientCall& call) const override {
    ops_.log_softmax_gradient({.out = call.forward.output,
                               .groups = groups_,
                               .out_gradient = call.out_gradient,
                               .in_gradient = call.input_gradients[0]});
  }

 private:
  const GradientOps& ops_;
  std::int64_t groups_;
};

}  // namespace

std::unique_ptr<LayerGradient> scale_shift_gradient(Step& step, LayerContext& context) {
  return std::make_unique<ScaleGradient>(step, context);
}

std::unique_ptr<LayerGradient> exp_clamp_gradient(Step& step, LayerContext& context) {
  return std::make_unique<ExpClampGradient>(step, context);
}

std::unique_ptr<LayerGradient> log_softmax_gradient(Step& step, LayerContext& context) {
  return std::make_unique<LogSoftmaxGradient>(step, context);
}

}  // namespace heddle::attention
