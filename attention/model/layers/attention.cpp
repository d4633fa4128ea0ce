#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/layers.h"
#include "attention/model/layers/weighing.h"
#include "attention/patterns/attended_pairs.h"

#include <array>
#include <cmath>

namespace heddle::attention {
namespace {

class Attention final : public Layer {
 public:
  Attention(Step& step, LayerContext& context)
      : backend_(context.backend),
        plans_(context.plans),
        fused_(fused_qkv(step)),
        pattern_(parse_pattern(step.options.text("pattern"))),
        weighing_(weighing(step, true)),
        scale_(logit_scale(step)),
        rows_alone_(context.learns() && context.backend.on_device()) {
    if (!weighing_.plain()) require_host(step.op + " with weights of its own", backend_);
    tensors_ = weighing_tensors(weighing_, context, fused_.heads);
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs.size() == 2) require_one_channel(inputs[0], inputs[1]);
    require_within(
        fused_.dim(inputs[0]), "channels a head", backend_.limits().head_channels, backend_);
    return with_channels(inputs[0], fused_.heads * fused_.dim(inputs[0]));
  }
  std::shared_ptr<const BlockPlan> plan(std::span<const Shape> inputs) const override {
    const bool any = weighing_.plain() && !rows_alone_;
    const PlanForm form = any ? PlanForm::kAny : PlanForm::kInOrder;
    return plans_.get(pattern_, static_cast<int>(fused_.heads), inputs[0].shape[0], form);
  }
  double multiply_adds(const Call& call) const override {
    const std::int64_t repeats = call.plan->heads == 1 ? fused_.heads : 1;
    return 2.0 * static_cast<double>(attended_pairs(*call.plan)) *
           static_cast<double>(repeats * fused_.dim(call.inputs[0]));
  }
  void run(const Call& call) const override {
    const TensorView& in = call.inputs[0];
    const std::array queries = {fused_.queries(in)};
    const std::array segments = {KeySegment{.keys = fused_.keys(in), .values = fused_.values(in)}};
    const std::int64_t dim = fused_.dim(in);
    const double scale = scale_.value_or(1 / std::sqrt(static_cast<double>(dim)));
    const AttentionArgs args = {.plan = call.plan,
                                .queries = queries,
                                .segments = segments,
                                .scale = static_cast<float>(scale),
                                .out = as_heads(call.output, 0, fused_.heads, dim)};
    attend(backend_, args, weighing_, tensors_, call.inputs);
  }

 private:
  const Backend& backend_;
  PlanCache& plans_;
  FusedQkv fused_;
  Pattern pattern_;
  Weighing weighing_;
  std::vector<Tensor> tensors_;  // of weighing_.names()
  std::optional<double> scale_;  // 1 / sqrt(dim) where not given
  bool rows_alone_;              // gradients on a device are of rows, not of strands
};

}  // namespace

std::unique_ptr<Layer> make_attention(Step& step, LayerContext& context) {
  return std::make_unique<Attention>(step, context);
}

}  // namespace heddle::attention
