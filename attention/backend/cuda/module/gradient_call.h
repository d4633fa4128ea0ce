#pragma once
// A call for gradients: checked against its schedules, given to a path, its kernels enqueued on the
// default stream. Throws std::runtime_error.

#include "attention/backend/cuda/module_api.h"

namespace heddle::attention::cuda {

void run_gradient(const GradientCall& call);

}  // namespace heddle::attention::cuda
