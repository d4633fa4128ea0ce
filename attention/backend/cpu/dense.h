#pragma once
// The dense products of this back end: see tiled_product.h for how they run. Threads, errors: see
// dense_op.h.

#include "attention/backend/dense_op.h"

namespace heddle::attention::cpu {

std::unique_ptr<Dense> linear(const LinearSpec& spec);
std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec);
std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec);

}  // namespace heddle::attention::cpu
