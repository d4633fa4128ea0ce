#pragma once
// Dense products whose weights lie packed on the device. Threads and errors: see dense_op.h; views
// are of device memory.

#include "attention/backend/cuda/module_api.h"
#include "attention/backend/dense_op.h"

#include <memory>

namespace heddle::attention::cuda {

/// What products multiply: kF16, with sums in f32, or kF32.
std::unique_ptr<Dense> linear(const ModuleApi& api, Element element, const LinearSpec& spec);
std::unique_ptr<Dense> conv1d(const ModuleApi& api, Element element, const Conv1dSpec& spec);
std::unique_ptr<Dense> conv2d(const ModuleApi& api, Element element, const Conv2dSpec& spec);

}  // namespace heddle::attention::cuda
