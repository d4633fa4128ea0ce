// Gradients of norms, gelu, relu and swiglu: one operation of the back end each.

#include "attention/model/gradients/gradients.h"

namespace heddle::attention {
namespace {

using RowOp = void (GradientOps::*)(const RowGradientArgs&) const;

/// Which operations a row gradient has beside its own.
struct RowKind {
  RowOp op;
  bool gain = false;
  bool bias = false;
  bool eps = false;
};

class RowGradientStep final : public LayerGradient {
 public:
  RowGradientStep(Step& step, LayerContext& context, RowKind kind)
      : backend_(context.backend), ops_(gradient_ops(context)), kind_(kind) {
    if (kind.eps) eps_ = static_cast<float>(step.options.number("eps"));
    if (!kind.gain) return;
    const std::string name = step.options.text("weights");
    names_.push_back(name + ".weight");
    if (kind.bias) names_.push_back(name + ".bias");
  }

  std::vector<std::string> parameters() const override { return names_; }
  bool reads_input(std::size_t /*input*/) const override { return true; }
  void forward(const Layer& layer, const TrainingCall& call) const override {
    if (kind_.bias) {
      backend_.layer_norm(
          call.inputs[0], call.parameters[0], call.parameters[1], eps_, call.output);
    } else if (kind_.gain) {
      backend_.rms_norm(call.inputs[0], call.parameters[0], eps_, call.output);
    } else {
      LayerGradient::forward(layer, call);
    }
  }
  void backward(const GradientCall& call) const override {
    (ops_.*kind_.op)({.in = call.forward.inputs[0],
                      .gain = kind_.gain ? call.forward.parameters[0] : TensorView{},
                      .eps = eps_,
                      .out_gradient = call.out_gradient,
                      .in_gradient = call.input_gradients[0],
                      .gain_gradient = kind_.gain ? call.parameter_gradients[0] : TensorView{},
                      .bias_gradient = kind_.bias ? call.parameter_gradients[1] : TensorView{}});
  }

 private:
  const Backend& backend_;
  const GradientOps& ops_;
  RowKind kind_;
  float eps_ = 0;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<LayerGradient> rms_norm_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RowGradientStep>(
      step, context, RowKind{.op = &GradientOps::rms_norm_gradient, .gain = true, .eps = true});
}

std::unique_ptr<LayerGradient> layer_norm_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RowGradientStep>(
      step,
      context,
      RowKind{.op = &GradientOps::layer_norm_gradient, .gain = true, .bias = true, .eps = true});
}

std::unique_ptr<LayerGradient> l2_normalize_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RowGradientStep>(
      step, context, RowKind{.op = &GradientOps::l2_normalize_gradient, .eps = true});
}

std::unique_ptr<LayerGradient> gelu_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RowGradientStep>(
      step, context, RowKind{.op = &GradientOps::gelu_gradient});
}

std::unique_ptr<LayerGradient> relu_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RowGradientStep>(
      step, context, RowKind{.op = &GradientOps::relu_gradient});
}

std::unique_ptr<LayerGradient> swiglu_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RowGradientStep>(
      step, context, RowKind{.op = &GradientOps::swiglu_gradient});
}

}  // namespace heddle::attention
