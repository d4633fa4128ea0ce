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

/// x * Phi(x) by Abramowitz and Stegun 7.1.26, absolute error 3e-7: as good as f32 beside a sum,
/// and short, for code that is unrolled over a tile. (The usual one by tanh errs by 3e-4.)
__device__ inline float gelu_of(float x) {
  const float z = fabsf(x) * 0.70710678f;
  const float t = __fdividef(1, fmaf(0.3275911f, z, 1));
  float sum = fmaf(1.061405429f, t, -1.453152027f);
  sum = fmaf(sum, t, 1.421413741f);
  sum = fmaf(sum, t, -0.284496736f);
  sum = fmaf(sum, t, 0.254829592f);
  const float tail = 0.5f * sum * t * __expf(-z * z);  // Phi(-|x|)
  return x * (x < 0 ? tail : 1 - tail);
}

__device__ inline float activated(Epilogue epilogue, float x) {
  if (epilogue == Epilogue::kNone) return x;
  if (epilogue == Epilogue::kGelu) return gelu_of(x);
  return x < 0 ? 0 : x;
}

inline std::int64_t output_rows(const ProductCall& p) {
  const std::int64_t rows = p.taps_y == 1 && p.height == 1 ? 1 : p.height / p.stride;
  return rows * (p.width / p.stride);
}

}  // namespace heddle::attention::cuda
