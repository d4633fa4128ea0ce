#include "attention/model/layers/layers.h"
#include "attention/model/layers/mechanism_step.h"

namespace heddle::attention {
namespace {

class MechanismAttention final : public Layer {
 public:
  MechanismAttention(Step& step, LayerContext& context)
      : backend_(context.backend), step_(mechanism_step(step)) {
    if (!step_.constants.empty()) constants_ = as_f32(context.tensor(step_.constants));
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    return step_.output_shape(inputs);
  }
  void run(const Call& call) const override {
    step_.mechanism->run(backend_, step_.call(call.inputs, constants_.view(), call.output));
  }

 private:
  const Backend& backend_;
  MechanismStep step_;
  Tensor constants_;
};

}  // namespace

std::unique_ptr<Layer> make_mechanism_attention(Step& step, LayerContext& context) {
  require_host(step.op, context.backend);
  return std::make_unique<MechanismAttention>(step, context);
}

}  // namespace heddle::attention
