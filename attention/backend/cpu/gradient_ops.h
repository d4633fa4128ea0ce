#pragma once
// The gradients of this back end, found by name in product_gradient.h and row_gradients.h.

#include "attention/backend/gradient_op.h"

namespace heddle::attention::cpu {

const GradientOps& gradient_ops();

}  // namespace heddle::attention::cpu
