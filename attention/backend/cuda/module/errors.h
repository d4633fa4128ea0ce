#pragma once
// Every CUDA call is checked; a failure throws std::runtime_error with the operation's name.

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace heddle::attention::cuda {

inline void check(cudaError_t status, const char* operation) {
  if (status == cudaSuccess) return;
  throw std::runtime_error(std::string("cuda: ") + operation +
                           " failed: " + cudaGetErrorString(status));
}

}  // namespace heddle::attention::cuda
