#pragma once
// One element of a row of any float dtype as fp32 or fp64. For the reference and for the edges of
// kernels; loops that matter convert in vectors.
// Threads: plain functions. Errors: none; rows end where the caller says.

#include "attention/tensor/dtype.h"

#include <cstdint>

namespace heddle::attention {

/// Is it one of f32, bf16, f16: what attention reads and writes?
constexpr bool is_storage(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kBF16 || dtype == DType::kF16;
}

/// Precondition of both: is_storage(dtype).
inline float load_element(DType dtype, const void* row, std::int64_t i) {
  if (dtype == DType::kBF16) return to_float(static_cast<const BFloat16*>(row)[i]);
  if (dtype == DType::kF16) return to_float(static_cast<const Half*>(row)[i]);
  return static_cast<const float*>(row)[i];
}

inline void store_element(DType dtype, void* row, std::int64_t i, float x) {
  if (dtype == DType::kBF16) {
    static_cast<BFloat16*>(row)[i] = bfloat16_from(x);
  } else if (dtype == DType::kF16) {
    static_cast<Half*>(row)[i] = half_from(x);
  } else {
    static_cast<float*>(row)[i] = x;
  }
}

}  // namespace heddle::attention
