// THE LIST of gradients, in the order of layer_list.cpp.

#include "attention/model/gradients/gradients.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace heddle::attention {
namespace {

struct Row {
  std::string_view op;
  std::unique_ptr<LayerGradient> (*make)(Step&, LayerContext&);
};

constexpr std::array kRows = {
    Row{"conv1d", conv1d_gradient},
    Row{"one_hot_conv1d", one_hot_conv1d_gradient},
    Row{"conv2d", conv2d_gradient},
    Row{"linear", linear_gradient},
    Row{"patch", patch_gradient},
    Row{"unpatch", unpatch_gradient},
    Row{"rms_norm", rms_norm_gradient},
    Row{"layer_norm", layer_norm_gradient},
    Row{"l2_normalize", l2_normalize_gradient},
    Row{"gelu", gelu_gradient},
    Row{"relu", relu_gradient},
    Row{"add", add_gradient},
    Row{"scale_shift", scale_shift_gradient},
    Row{"exp_clamp", exp_clamp_gradient},
    Row{"log_softmax", log_softmax_gradient},
    Row{"swiglu", swiglu_gradient},
    Row{"one_hot", one_hot_gradient},
    Row{"concat", concat_gradient},
    Row{"channels", channels_gradient},
    Row{"flatten", flatten_gradient},
    Row{"rotary", rotary_gradient},
    Row{"attention", attention_gradient},
    Row{"selected_attention", selected_attention_gradient},
    Row{"mechanism_attention", mechanism_attention_gradient},
    Row{"memory_attention", memory_attention_gradient},
};

}  // namespace

std::unique_ptr<const LayerGradient> make_layer_gradient(Step& step, LayerContext& context) {
  const auto* row = std::find_if(
      kRows.begin(), kRows.end(), [&](const Row& known) { return known.op == step.op; });
  if (row == kRows.end()) {
    throw std::invalid_argument("'" + step.op +
                                "' has no gradient; a function with it cannot learn");
  }
  return row->make(step, context);
}

const GradientOps& gradient_ops(const LayerContext& context) {
  const GradientOps* ops = context.backend.gradients();
  if (ops) return *ops;
  throw std::invalid_argument("back end '" + std::string(context.backend.name()) +
                              "' has no gradients; use -d cpu");
}

void LayerGradient::forward(const Layer& layer, const TrainingCall& call) const {
  layer.run({.inputs = call.inputs, .output = call.output, .plan = call.plan});
}

}  // namespace heddle::attention
