// Gradients of rotary, attention and selected_attention. What a selector chose is constant: no
// gradient flows through its choice.

#include "attention/model/gradients/gradients.h"
#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/weighing.h"
#include "attention/selectors/selector.h"

#include <array>
#include <cmath>

namespace heddle::attention {
namespace {

/// A rotation's gradient is the rotation back.
class RotaryGradient final : public LayerGradient {
 public:
  RotaryGradient(Step& step, LayerContext& context)
      : backend_(context.backend),
        ops_(gradient_ops(context)),
        heads_(step.options.whole("heads", 1, 1024)),
        dim_(step.options.whole("dim", 2, 1024)),
        theta_(step.options.number("theta")) {}

  bool overwrites() const override { return true; }
  void backward(const GradientCall& call) const override {
    written_or_added(ops_, call, [&](const TensorView& to) {
      ops_.columns({.from = call.out_gradient, .to = to, .count = channels_of(to)});
      backend_.rotary({.x = as_heads(to, 0, heads_, dim_), .theta = theta_, .inverse = true});
    });
  }

 private:
  const Backend& backend_;
  const GradientOps& ops_;
  std::int64_t heads_;
  std::int64_t dim_;
  double theta_;
};

/// Attention over a plan that forward has or makes.
class AttentionGradient : public LayerGradient {
 public:
  AttentionGradient(Step& step, LayerContext& context, bool with_importance = true)
      : backend_(context.backend),
        ops_(gradient_ops(context)),
        fused_(fused_qkv(step)),
        weighing_(weighing(step, with_importance)),
        scale_(logit_scale(step)) {}

  std::vector<std::string> parameters() const override { return weighing_.names(); }
  bool reads_input(std::size_t /*input*/) const override { return true; }
  bool reads_output() const override { return true; }
  bool overwrites() const override { return true; }
  /// log_sum_exp (heads, rows).
  std::optional<Shape> kept(std::span<const Shape> inputs, const Shape& /*output*/) const override {
    if (!weighing_.plain()) return std::nullopt;
    return shape_of(DType::kF32, {fused_.heads, inputs[0].shape[0]});
  }
  double backward_work() const override { return 2.5; }  // five products for two

  void forward(const Layer& /*layer*/, const TrainingCall& call) const override {
    const Operands operands(fused_, call.inputs[0]);
    const AttentionArgs args = operands.args(*this, call, *plan_for(call));
    if (weighing_.plain()) {
      backend_.attention(args);
    } else {
      backend_.normalised_attention(
          WeighingOperands(weighing_, call.parameters, call.inputs).args(args));
    }
  }

  void backward(const GradientCall& call) const override {
    const auto into = [&](const TensorView& to) {
      if (weighing_.plain()) {
        differentiate(call, to);
      } else {
        differentiate_weighed(call, to);
      }
    };
    if (!call.input_gradients[0].view.empty()) {
      written_or_added(ops_, call, into);
      return;
    }
    const TensorView& in = call.forward.inputs[0];  // alphas, spans or importance alone are wanted
    const Tensor unwanted(DType::kF32, {in.shape[0], in.shape[1]});
    into(unwanted.view());
  }

 protected:
  /// The plan of a forward; the same one again for its backward.
  virtual const BlockPlan* plan_for(const TrainingCall& call) const { return call.plan; }
  virtual const BlockPlan* plan_of(const TrainingCall& call) const { return call.plan; }

  const FusedQkv& fused() const { return fused_; }
  const GradientOps& ops() const { return ops_; }

 private:
  void differentiate(const GradientCall& call, const TensorView& to) const {
    const Operands operands(fused_, call.forward.inputs[0]);
    const std::array query_gradients = {fused_.queries(to)};
    const std::array segment_gradients = {
        KeySegmentGradient{.keys = fused_.keys(to), .values = fused_.values(to)}};
    const AttentionArgs args = operands.args(*this, call.forward, *plan_of(call.forward));
    backend_.attention_gradient(
        {.plan = args.plan,
         .queries = args.queries,
         .segments = args.segments,
         .scale = args.scale,
         .out = args.out,
         .log_sum_exp = args.log_sum_exp,
         .out_gradient = heads_of(call.out_gradient, call.forward.inputs[0]),
         .query_gradients = query_gradients,
         .segment_gradients = segment_gradients});
  }

  void differentiate_weighed(const GradientCall& call, const TensorView& to) const {
    const Operands operands(fused_, call.forward.inputs[0]);
    const std::array query_gradients = {fused_.queries(to)};
    const std::array segment_gradients = {
        KeySegmentGradient{.keys = fused_.keys(to), .values = fused_.values(to)}};
    const AttentionArgs args = operands.args(*this, call.forward, *plan_of(call.forward));
    const WeighingOperands weights(weighing_, call.forward.parameters, call.forward.inputs);
    const WeighingOperands::Gradients made = weights.gradients();
    const bool modulated = weighing_.importance != Importance::kNone;
    backend_.normalised_attention_gradient(
        {.forward = weights.args(args),
         .out_gradient = heads_of(call.out_gradient, call.forward.inputs[0]),
         .query_gradients = query_gradients,
         .segment_gradients = segment_gradients,
         .alpha_gradient = made.alphas.view(),
         .span_gradient = made.spans.view(),
         .modulation_gradients = {&made.modulation, modulated ? 1u : 0u}});
    if (!call.parameter_gradients.empty()) weights.add_to(call.parameter_gradients, made);
    if (!modulated || call.input_gradients[1].view.empty()) return;
    ops_.columns({.from = made.importance.view().reshape({made.importance.view().size(), 1}),
                  .to = call.input_gradients[1].view,
                  .count = 1,
                  .add = call.input_gradients[1].add});
  }

  /// Views of a fused register, and the call over them.
  struct Operands {
    std::array<TensorView, 1> queries;
    std::array<KeySegment, 1> segments;

    Operands(const FusedQkv& fused, const TensorView& in)
        : queries{fused.queries(in)},
          segments{KeySegment{.keys = fused.keys(in), .values = fused.values(in)}} {}

    AttentionArgs args(const AttentionGradient& step,
                       const TrainingCall& call,
                       const BlockPlan& plan) const {
      const auto dim = static_cast<double>(step.fused_.dim(call.inputs[0]));
      return {.plan = &plan,
              .queries = queries,
              .segments = segments,
              .scale = static_cast<float>(step.scale_.value_or(1 / std::sqrt(dim))),
              .out = step.heads_of(call.output, call.inputs[0]),
              .log_sum_exp = call.kept};
    }
  };

  /// Rows of all heads' outputs as (heads, rows, dim).
  TensorView heads_of(const TensorView& rows, const TensorView& in) const {
    return as_heads(rows, 0, fused_.heads, fused_.dim(in));
  }

  const Backend& backend_;
  const GradientOps& ops_;
  FusedQkv fused_;
  Weighing weighing_;
  std::optional<double> scale_;  // 1 / sqrt(dim) where not given
};

/// A choice is constant, so a selector that learns gets no gradient here: its map is a parameter of
/// the step that stays as it is.
class SelectedAttentionGradient final : public AttentionGradient {
 public:
  SelectedAttentionGradient(Step& step, LayerContext& context)
      : AttentionGradient(step, context, false),
        selector_(parse_selector(step.options.text("selector"))),
        within_(parse_pattern(step.options.text_or("pattern", "dense()"))) {
    const std::string always = step.options.text_or("always", "");
    if (!always.empty()) always_ = parse_pattern(always);
    if (selector_->needs() == SelectorNeeds::kNothing) return;
    const std::string name = step.options.text("selector_weights");
    names_ = {name + ".weight", name + ".bias"};
  }

  std::vector<std::string> parameters() const override {
    std::vector<std::string> all = AttentionGradient::parameters();
    all.insert(all.end(), names_.begin(), names_.end());
    return all;
  }

  void backward(const GradientCall& call) const override {
    if (!call.input_gradients[0].view.empty() || !AttentionGradient::parameters().empty()) {
      AttentionGradient::backward(call);
    }
    if (call.input_gradients.size() == 1) return;
    const GradientTarget& chooser = call.input_gradients[1];
    if (chooser.view.empty() || chooser.add) return;
    ops().columns(
        {.from = chooser.view, .to = chooser.view, .count = channels_of(chooser.view), .scale = 0});
  }

 protected:
  const BlockPlan* plan_for(const TrainingCall& call) const override {
    const TensorView& in = call.inputs[0];
    SelectionInput input = {.queries = fused().queries(in), .keys = fused().keys(in)};
    const Tensor learned = learned_rows(call);
    if (selector_->needs() == SelectorNeeds::kWeights) input.weights = learned.view();
    if (selector_->needs() == SelectorNeeds::kScores) {
      input.scores = learned.view().reshape({learned.view().shape[0]});
    }
    Pattern chosen = selector_->select(input) & within_;
    if (always_) chosen = chosen | *always_;
    *call.chosen = std::make_shared<const BlockPlan>(plan(
        chosen,
        {.heads = static_cast<int>(fused().heads), .queries = in.shape[0], .keys = in.shape[0]}));
    return call.chosen->get();
  }
  const BlockPlan* plan_of(const TrainingCall& call) const override { return call.chosen->get(); }

 private:
  /// What the selector's map makes of the rows; empty where it has none.
  Tensor learned_rows(const TrainingCall& call) const {
    if (names_.empty()) return {};
    const auto own = call.parameters.last(2);
    Tensor made(DType::kF32, {call.inputs.back().shape[0], own[0].shape[0]});
    ops().product({.shape = {},
                   .weight = own[0],
                   .bias = own[1],
                   .in = call.inputs.back(),
                   .out = made.view()});
    return made;
  }

  std::unique_ptr<Selector> selector_;
  Pattern within_;
  std::optional<Pattern> always_;
  std::vector<std::string> names_;
};

}  // namespace

void written_or_added(const GradientOps& ops,
                      const GradientCall& call,
                      const std::function<void(const TensorView&)>& write) {
  const GradientTarget& target = call.input_gradients[0];
  if (!target.add) {
    write(target.view);
    return;
  }
  write(call.room);
  ops.columns({.from = call.room, .to = target.view, .count = channels_of(call.room), .add = true});
}

std::unique_ptr<LayerGradient> rotary_gradient(Step& step, LayerContext& context) {
  return std::make_unique<RotaryGradient>(step, context);
}

std::unique_ptr<LayerGradient> attention_gradient(Step& step, LayerContext& context) {
  return std::make_unique<AttentionGradient>(step, context);
}

std::unique_ptr<LayerGradient> selected_attention_gradient(Step& step, LayerContext& context) {
  return std::make_unique<SelectedAttentionGradient>(step, context);
}

}  // namespace heddle::attention
