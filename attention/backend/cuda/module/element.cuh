#pragma once
// Elements of any type for the plain kernels, whose warps take a row at a time: lane l holds
// columns l, l + 32, ...

#include "attention/backend/cuda/module_api.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

namespace heddle::attention::cuda {

inline constexpr int kMostDim = kMostHeadChannels;
inline constexpr int kPerLane = kMostDim / 32;

__device__ inline float load(const Operand& from, std::int64_t index) {
  switch (from.element) {
    case Element::kBF16:
      return __bfloat162float(static_cast<const __nv_bfloat16*>(from.data)[index]);
    case Element::kF16:
      return __half2float(static_cast<const __half*>(from.data)[index]);
    case Element::kF32:
      break;
  }
  return static_cast<const float*>(from.data)[index];
}

__device__ inline void store(const Operand& to, std::int64_t index, float x) {
  switch (to.element) {
    case Element::kBF16:
      static_cast<__nv_bfloat16*>(to.data)[index] = __float2bfloat16(x);
      return;
    case Element::kF16:
      static_cast<__half*>(to.data)[index] = __float2half(x);
      return;
    case Element::kF32:
      static_cast<float*>(to.data)[index] = x;
      return;
  }
}

/// Of two rows, by a warp; every lane has it.
__device__ inline float dot(
    const Operand& queries, std::int64_t q, const Operand& keys, std::int64_t k, int lane) {
  float sum = 0;
  for (std::int64_t i = lane; i < keys.dim; i += 32) {
    sum = fmaf(load(queries, q + i), load(keys, k + i), sum);
  }
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(~0u, sum, step);
  return sum;
}

}  // namespace heddle::attention::cuda
