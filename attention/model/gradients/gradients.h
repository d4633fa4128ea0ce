#pragma once
// The gradients of the operations of layers/layers.h, by the same names.
// Threads and shapes as layer_gradient.h.

#include "attention/model/layer_gradient.h"

#include <functional>

namespace heddle::attention {

std::unique_ptr<LayerGradient> conv1d_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> one_hot_conv1d_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> conv2d_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> linear_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> patch_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> unpatch_gradient(Step& step, LayerContext& context);

std::unique_ptr<LayerGradient> rms_norm_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> layer_norm_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> l2_normalize_gradient(Step& step, LayerContext& context);

std::unique_ptr<LayerGradient> gelu_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> relu_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> add_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> scale_shift_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> exp_clamp_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> log_softmax_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> swiglu_gradient(Step& step, LayerContext& context);

std::unique_ptr<LayerGradient> one_hot_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> concat_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> channels_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> flatten_gradient(Step& step, LayerContext& context);

std::unique_ptr<LayerGradient> rotary_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> attention_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> selected_attention_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> mechanism_attention_gradient(Step& step, LayerContext& context);
std::unique_ptr<LayerGradient> memory_attention_gradient(Step& step, LayerContext& context);

/// Runs `write`, which overwrites its view, such that input 0's gradient is written or added to:
/// for a gradient that overwrites().
void written_or_added(const GradientOps& ops,
                      const GradientCall& call,
                      const std::function<void(const TensorView&)>& write);

/// The back end's gradients; throws std::invalid_argument where it has none.
const GradientOps& gradient_ops(const LayerContext& context);

}  // namespace heddle::attention
