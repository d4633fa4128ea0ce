// The gradient of mechanism_attention: each mechanism has one of its own.

#include "attention/model/gradients/gradients.h"
#include "attention/model/layers/mechanism_step.h"

namespace heddle::attention {
namespace {

class MechanismAttentionGradient final : public LayerGradient {
 public:
  MechanismAttentionGradient(Step& step, LayerContext& context)
      : backend_(context.backend), ops_(gradient_ops(context)), step_(mechanism_step(step)) {}

  std::vector<std::string> parameters() const override {
    if (step_.constants.empty()) return {};
    return {step_.constants};
  }
  bool reads_input(std::size_t /*input*/) const override { return true; }
  bool overwrites() const override { return true; }
  double backward_work() const override { return 3.5; }  // runs forward again

  void forward(const Layer& /*layer*/, const TrainingCall& call) const override {
    step_.mechanism->run(backend_, call_of(call, call.output));
  }

  void backward(const GradientCall& call) const override {
    const TensorView& in = call.forward.inputs[0];
    const std::int64_t channels = step_.fused.heads * step_.fused.dim(in);
    const Tensor again(DType::kF32, {in.shape[0], channels});
    const Tensor of_gates = like(call.forward.inputs.back());
    const auto into = [&](const TensorView& to) {
      differentiate(call, again.view(), to, of_gates.view());
    };
    if (call.input_gradients[0].view.empty()) {
      into(like(in).view());  // gates and centroids alone are wanted
    } else {
      written_or_added(ops_, call, into);
    }
    if (call.input_gradients.size() < 2 || call.input_gradients[1].view.empty()) return;
    const GradientTarget& gates = call.input_gradients[1];
    ops_.columns({.from = of_gates.view(),
                  .to = gates.view,
                  .count = channels_of(gates.view),
                  .add = gates.add});
  }

 private:
  static Tensor like(const TensorView& view) {
    return {DType::kF32, std::span(view.shape.data(), static_cast<std::size_t>(view.rank))};
  }

  MechanismCall call_of(const TrainingCall& call, const TensorView& output) const {
    const TensorView constants = call.parameters.empty() ? TensorView{} : call.parameters[0];
    MechanismCall made = step_.call(call.inputs, constants, output);
    made.learning = true;
    return made;
  }

  void differentiate(const GradientCall& call,
                     const TensorView& again,
                     const TensorView& to,
                     const TensorView& of_gates) const {
    const FusedQkv& fused = step_.fused;
    const bool gated = step_.mechanism->gate_channels() > 0;
    step_.mechanism->gradient(
        backend_,
        {.forward = call_of(call.forward, again),
         .out_gradient = as_heads(call.out_gradient, 0, fused.heads, fused.dim(to)),
         .query_gradient = fused.queries(to),
         .key_gradient = fused.keys(to),
         .value_gradient = fused.values(to),
         .gate_gradient = gated ? step_.gates(of_gates) : TensorView{},
         .constants_gradient =
             call.parameter_gradients.empty() ? TensorView{} : call.parameter_gradients[0]});
  }

  const Backend& backend_;
  const GradientOps& ops_;
  MechanismStep step_;
};

}  // namespace

std::unique_ptr<LayerGradient> mechanism_attention_gradient(Step& step, LayerContext& context) {
  return std::make_unique<MechanismAttentionGradient>(step, context);
}

}  // namespace heddle::attention
