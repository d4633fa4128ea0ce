#pragma once
// The dense products of this back end: see tiled_product.h for how they run. `half`: operands are
// rounded to bf16, sums stay fp32. Threads, errors: see dense_op.h.

#include "attention/backend/dense_op.h"

namespace heddle::attention::cpu {

std::unique_ptr<Dense> linear(const LinearSpec& spec, bool half = false);
std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec, bool half = false);
std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec, bool half = false);

}  // namespace heddle::attention::cpu
