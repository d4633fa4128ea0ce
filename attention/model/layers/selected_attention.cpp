#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"
#include "attention/model/layers/weighing.h"
#include "attention/selectors/selector.h"

#include <array>
#include <cmath>
#include <optional>

namespace heddle::attention {
namespace {

class SelectedAttention final : public Layer {
 public:
  SelectedAttention(Step& step, LayerContext& context)
      : backend_(context.backend),
        fused_(fused_qkv(step)),
        selector_(parse_selector(step.options.text("selector"))),
        within_(parse_pattern(step.options.text_or("pattern", "dense()"))),
        weighing_(weighing(step, false)),
        tensors_(weighing_tensors(weighing_, context, fused_.heads)),
        scale_(logit_scale(step)) {
    const std::string always = step.options.text_or("always", "");
    if (!always.empty()) always_ = parse_pattern(always);
    take_weights(step, context);
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (learned_) require_channels(inputs.back(), learned_channels_);
    if (inputs.back().shape[0] != inputs[0].shape[0]) {
      throw std::invalid_argument("expected two inputs of as many rows, got " +
                                  describe(inputs[0]) + " and " + describe(inputs.back()));
    }
    return with_channels(inputs[0], fused_.heads * fused_.dim(inputs[0]));
  }
  void run(const Call& call) const override {
    const TensorView& in = call.inputs[0];
    const std::int64_t dim = fused_.dim(in);
    const std::array queries = {fused_.queries(in)};
    const std::array segments = {KeySegment{.keys = fused_.keys(in), .values = fused_.values(in)}};
    SelectionInput input = {.queries = queries[0], .keys = segments[0].keys};
    const Tensor learned = learned_rows(call.inputs.back());
    if (selector_->needs() == SelectorNeeds::kWeights) input.weights = learned.view();
    if (selector_->needs() == SelectorNeeds::kScores) {
      input.scores = learned.view().reshape({learned.view().shape[0]});
    }
    Pattern chosen = selector_->select(input) & within_;
    if (always_) chosen = chosen | *always_;
    const BlockPlan planned = attention::plan(
        chosen,
        {.heads = static_cast<int>(fused_.heads), .queries = in.shape[0], .keys = in.shape[0]});
    const double scale = scale_.value_or(1 / std::sqrt(static_cast<double>(dim)));
    const AttentionArgs args = {.plan = &planned,
                                .queries = queries,
                                .segments = segments,
                                .scale = static_cast<float>(scale),
                                .out = as_heads(call.output, 0, fused_.heads, dim)};
    attend(backend_, args, weighing_, tensors_, call.inputs);
  }

 private:
  void take_weights(Step& step, LayerContext& context) {
    const std::string name = step.options.text_or("selector_weights", "");
    const bool needs = selector_->needs() != SelectorNeeds::kNothing;
    if (needs != !name.empty()) {
      throw std::invalid_argument(selector_->text() +
                                  (needs ? " learns: name its linear map with \"selector_weights\""
                                         : " learns nothing: leave out \"selector_weights\""));
    }
    if (step.inputs.size() > 1 && !needs) {
      throw std::invalid_argument(selector_->text() + " takes 1 input, got 2");
    }
    if (!needs) return;
    const TensorView& weight = require_rank(name + ".weight", context.tensor(name + ".weight"), 2);
    const std::int64_t wanted = selector_->needs() == SelectorNeeds::kScores ? 1 : fused_.heads;
    if (weight.shape[0] != wanted) {
      throw std::invalid_argument("expected '" + name + ".weight' with " + std::to_string(wanted) +
                                  " rows for " + selector_->text() + ", the file has " +
                                  describe(weight));
    }
    learned_channels_ = weight.shape[1];
    learned_ = backend_.linear({.weight = weight, .bias = context.tensor(name + ".bias")});
  }

  /// What the learned map makes of the rows; empty where nothing is learned.
  Tensor learned_rows(const TensorView& in) const {
    if (!learned_) return {};
    const bool scores = selector_->needs() == SelectorNeeds::kScores;
    Tensor made(DType::kF32, {in.shape[0], scores ? 1 : fused_.heads});
    const Tensor scratch(DType::kU8, {static_cast<std::int64_t>(learned_->scratch_bytes(in))});
    learned_->run(in, made.view(), scratch.view(), false);
    return made;
  }

  const Backend& backend_;
  FusedQkv fused_;
  std::unique_ptr<Selector> selector_;
  Pattern within_;
  std::optional<Pattern> always_;
  Weighing weighing_;
  std::vector<Tensor> tensors_;     // of weighing_.names()
  std::optional<double> scale_;     // 1 / sqrt(dim) where not given
  std::unique_ptr<Dense> learned_;  // null: the selector learns nothing
  std::int64_t learned_channels_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_selected_attention(Step& step, LayerContext& context) {
  require_host(step.op, context.backend);
  return std::make_unique<SelectedAttention>(step, context);
}

}  // namespace heddle::attention
