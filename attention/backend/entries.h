#pragma once
// The rows of THE LIST (backends.cpp): each back end answers for itself. Threads: all functions may
// be called from any thread; the Backends live until the process ends.

#include "attention/backend/backend.h"

namespace heddle::attention {

/// An NVIDIA GPU, through the module of cuda/; served by no_cuda/ where that is not built.
BackendStatus cuda_status();
/// Throws std::runtime_error with the status' sentence when the status is unavailable.
const Backend& cuda_backend();
/// The same without half precision.
BackendStatus cuda_f32_status();
const Backend& cuda_f32_backend();

BackendStatus cpu_status();
const Backend& cpu_backend();
/// The same with bf16 operands in its dense products.
BackendStatus cpu_bf16_status();
const Backend& cpu_bf16_backend();

BackendStatus reference_status();
const Backend& reference_backend();

}  // namespace heddle::attention
