#pragma once
// The judge of gradient_op.h: each gradient by its formula, scalar, accumulated in double, one
// operation a file. Threads: plain functions without state. Errors: see gradient_checks.h.

#include "attention/backend/gradient_op.h"

namespace heddle::attention::reference {

void product(const ProductArgs& args);
void product_gradient(const ProductGradientArgs& args);

void rms_norm_gradient(const RowGradientArgs& args);
void layer_norm_gradient(const RowGradientArgs& args);
void l2_normalize_gradient(const RowGradientArgs& args);
void gelu_gradient(const RowGradientArgs& args);
void relu_gradient(const RowGradientArgs& args);
void swiglu_gradient(const RowGradientArgs& args);

void columns(const ColumnsArgs& args);
void exp_clamp_gradient(const ExpClampGradientArgs& args);
void log_softmax_gradient(const LogSoftmaxGradientArgs& args);
void one_hot_product(const OneHotProductArgs& args);
void one_hot_product_gradient(const OneHotGradientArgs& args);

const GradientOps& gradient_ops();

/// Stores a gradient where its target says.
inline void put(const GradientTarget& target, float& to, double gradient) {
  to = static_cast<float>(target.add ? to + gradient : gradient);
}

}  // namespace heddle::attention::reference
