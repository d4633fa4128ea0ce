#pragma once
// Gradients at a model's two ends, and columns moved with a factor: plain loops over TBB, in blocks
// cut by shape alone. The one-hot product's weight gradient has a task a tap, which owns what it
// adds to. Threads, errors: see gradient_op.h.

#include "attention/backend/gradient_op.h"

namespace heddle::attention::cpu {

void columns(const ColumnsArgs& args);
void exp_clamp_gradient(const ExpClampGradientArgs& args);
void log_softmax_gradient(const LogSoftmaxGradientArgs& args);
void one_hot_product(const OneHotProductArgs& args);
void one_hot_product_gradient(const OneHotGradientArgs& args);

}  // namespace heddle::attention::cpu
