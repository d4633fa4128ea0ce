// Linear attention and the gated delta rule as mechanisms.

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/linear_attention.h"
#include "attention/mechanisms/mechanism_factories.h"
#include "attention/mechanisms/unit_rows.h"

namespace heddle::attention {
namespace {

class Linear final : public Mechanism {
 public:
  std::string text() const override { return "linear()"; }
  bool scales() const override { return false; }

  void run(const Backend& /*backend*/, const MechanismCall& call) const override {
    linear_attention(args(call));
  }
  void gradient(const Backend& /*backend*/, const MechanismGradientCall& call) const override {
    linear_attention(args(call.forward));
    linear_attention_gradient({.forward = args(call.forward),
                               .out_gradient = call.out_gradient,
                               .query_gradient = call.query_gradient,
                               .key_gradient = call.key_gradient,
                               .value_gradient = call.value_gradient});
  }

 private:
  static LinearArgs args(const MechanismCall& call) {
    return {.queries = call.queries, .keys = call.keys, .values = call.values, .out = call.out};
  }
};

/// Gate `which` of every query, (heads, tokens) on its own.
Tensor split_gate(const Tensor& gates, std::int64_t which) {
  const TensorView& from = gates.view();
  Tensor made(DType::kF32, {from.shape[0], from.shape[1]});
  copy(from.at(2, which), made.view());
  return made;
}

/// What the delta rule works on.
struct DeltaOperands {
  Tensor gates, queries, keys, decay, rate;

  explicit DeltaOperands(const MechanismCall& call)
      : gates(sigmoids(call.gates)),
        queries(unit_rows(call.queries)),
        keys(unit_rows(call.keys)),
        decay(split_gate(gates, 0)),
        rate(split_gate(gates, 1)) {}

  DeltaRuleArgs args(const MechanismCall& call) const {
    return {.queries = queries.view(),
            .keys = keys.view(),
            .values = call.values,
            .decay = decay.view(),
            .rate = rate.view(),
            .out = call.out};
  }
};

class Delta final : public Mechanism {
 public:
  std::string text() const override { return "delta()"; }
  bool scales() const override { return false; }
  std::int64_t gate_channels() const override { return 2; }

  void run(const Backend& /*backend*/, const MechanismCall& call) const override {
    const DeltaOperands operands(call);
    delta_rule(operands.args(call));
  }
  void gradient(const Backend& /*backend*/, const MechanismGradientCall& call) const override {
    const DeltaOperands operands(call.forward);
    const TensorView& like = operands.decay.view();
    const Tensor decay(DType::kF32, {like.shape[0], like.shape[1]});
    const Tensor rate(DType::kF32, {like.shape[0], like.shape[1]});
    delta_rule(operands.args(call.forward));
    delta_rule_gradient({.forward = operands.args(call.forward),
                         .out_gradient = call.out_gradient,
                         .query_gradient = call.query_gradient,
                         .key_gradient = call.key_gradient,
                         .value_gradient = call.value_gradient,
                         .decay_gradient = decay.view(),
                         .rate_gradient = rate.view()});
    unit_rows_gradient(call.forward.queries, call.query_gradient);
    unit_rows_gradient(call.forward.keys, call.key_gradient);
    copy(decay.view(), call.gate_gradient.at(2, 0));
    copy(rate.view(), call.gate_gradient.at(2, 1));
    sigmoids_gradient(operands.gates, call.gate_gradient);
  }
};

}  // namespace

std::unique_ptr<Mechanism> linear_mechanism() { return std::make_unique<Linear>(); }

std::unique_ptr<Mechanism> delta_mechanism() { return std::make_unique<Delta>(); }

}  // namespace heddle::attention
