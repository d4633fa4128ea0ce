#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/layers.h"
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
        normaliser_(parse_normaliser(step.options.text_or("normaliser", "softmax"))),
        scale_(step.options.number_or("scale", 0)) {
    const std::string always = step.options.text_or("always", "");
    if (!always.empty()) always_ = parse_pattern(always);
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    return with_channels(inputs[0], fused_.heads * fused_.dim(inputs[0]));
  }
  void run(const Call& call) const override {
    const TensorView& in = call.inputs[0];
    const std::int64_t dim = fused_.dim(in);
    const std::array queries = {fused_.queries(in)};
    const std::array segments = {KeySegment{.keys = fused_.keys(in), .values = fused_.values(in)}};
    Pattern chosen = selector_->select({.queries = queries[0], .keys = segments[0].keys}) & within_;
    if (always_) chosen = chosen | *always_;
    const BlockPlan planned = attention::plan(
        chosen,
        {.heads = static_cast<int>(fused_.heads), .queries = in.shape[0], .keys = in.shape[0]});
    const double scale = scale_ > 0 ? scale_ : 1 / std::sqrt(static_cast<double>(dim));
    const AttentionArgs args = {.plan = &planned,
                                .queries = queries,
                                .segments = segments,
                                .scale = static_cast<float>(scale),
                                .out = as_heads(call.output, 0, fused_.heads, dim)};
    attend(backend_, args, normaliser_);
  }

 private:
  const Backend& backend_;
  FusedQkv fused_;
  std::unique_ptr<Selector> selector_;
  Pattern within_;
  std::optional<Pattern> always_;
  Normaliser normaliser_;
  double scale_;  // 0: 1 / sqrt(dim)
};

}  // namespace

std::unique_ptr<Layer> make_selected_attention(Step& step, LayerContext& context) {
  require_host(step.op, context.backend);
  return std::make_unique<SelectedAttention>(step, context);
}

}  // namespace heddle::attention
