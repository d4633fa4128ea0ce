#pragma once
// Rows of (heads, tokens, dim) f32 operands, and the loops over them that mechanisms share.
// Threads: plain functions. Errors: require_rows throws std::invalid_argument.

#include "attention/tensor/tensor.h"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace heddle::attention {

/// Row (head, token) of a (heads, tokens, dim) view.
inline float* row_at(const TensorView& view, std::int64_t head, std::int64_t token) {
  return static_cast<float*>(view.data) + head * view.stride[0] + token * view.stride[1];
}

/// f32 (heads, tokens, dim) with a contiguous last axis; dim < 0: any.
inline void require_rows(const char* name,
                         const TensorView& view,
                         std::int64_t heads,
                         std::int64_t tokens,
                         std::int64_t dim) {
  const bool fits = view.rank == 3 && view.dtype == DType::kF32 && view.shape[0] == heads &&
                    view.shape[1] == tokens && (dim < 0 || view.shape[2] == dim) &&
                    (view.stride[2] == 1 || view.shape[2] <= 1);
  if (fits) return;
  throw std::invalid_argument(std::string(name) + " is " + describe(view) + "; expected f32 (" +
                              std::to_string(heads) + ", " + std::to_string(tokens) + ", " +
                              (dim < 0 ? "dim" : std::to_string(dim)) +
                              ") with a contiguous last axis");
}

inline float dot_of(const float* a, const float* b, std::int64_t count) {
  float sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

/// to += factor * from.
inline void add_scaled(float* to, float factor, const float* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

}  // namespace heddle::attention
