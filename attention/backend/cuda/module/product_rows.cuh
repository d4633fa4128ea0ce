#pragma once
// What both product kernels share: which row of the input a tap of an output row reads, and the end
// of a sum.

#include "attention/backend/cuda/operation_api.h"

namespace heddle::attention::cuda {

/// Where the first tap of an output row lies in the input.
struct Origin {
  int y;
  int x;
};

template <bool kImage>
__device__ inline Origin origin_of(const ProductCall& p, std::int64_t row) {
  const int pad_x = p.taps_x / 2 * p.dilation;
  if constexpr (!kImage) return {0, static_cast<int>(row) * p.stride - pad_x};
  const int out_width = p.width / p.stride;
  const int y = static_cast<int>(row) / out_width;
  const int x = static_cast<int>(row) - y * out_width;
  return {y * p.stride - p.taps_y / 2, x * p.stride - pad_x};
}

/// The input row of a tap, or null outside.
template <bool kImage>
__device__ inline const float* tap_row(const ProductCall& p, Origin from, int ty, int tx) {
  const int x = from.x + tx * p.dilation;
  const int y = kImage ? from.y + ty : 0;
  if (x < 0 || x >= p.width || y < 0 || y >= p.height) return nullptr;
  return p.in + (static_cast<std::int64_t>(y) * p.width + x) * p.in_stride;
}

/// x * Phi(x), exact: the library's own approximation by tanh errs by 3e-4.
__device__ inline float gelu_of(float x) { return x * normcdff(x); }

__device__ inline float finished(const ProductCall& p, float sum, float there, int column) {
  if (p.bias) sum += p.bias[column];
  if (p.accumulate) sum += there;
  switch (p.epilogue) {
    case Epilogue::kRelu:
      return sum < 0 ? 0 : sum;
    case Epilogue::kGelu:
      return gelu_of(sum);
    case Epilogue::kNone:
      break;
  }
  return sum;
}

inline std::int64_t output_rows(const ProductCall& p) {
  const std::int64_t rows = p.taps_y == 1 && p.height == 1 ? 1 : p.height / p.stride;
  return rows * (p.width / p.stride);
}

}  // namespace heddle::attention::cuda
