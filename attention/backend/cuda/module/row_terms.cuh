#pragma once
// What a norm makes of a row, for its gradients: mean (0 where it does not centre) and 1 / length.

#include "attention/backend/cuda/gradient_api.h"

namespace heddle::attention::cuda {

struct NormTerms {
  float mean;
  float scale;
};

__device__ inline float warp_total(float x) {
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(~0u, x, step);
  return x;
}

/// Of a row, by a warp; every lane has them.
__device__ inline NormTerms norm_terms(
    RowGradientOp op, const float* row, std::int64_t channels, float eps, int lane) {
  const auto n = static_cast<float>(channels);
  NormTerms terms{0, 0};
  if (op == RowGradientOp::kLayerNorm) {
    for (std::int64_t i = lane; i < channels; i += 32) terms.mean += row[i];
    terms.mean = warp_total(terms.mean) / n;
  }
  float squares = 0;
  for (std::int64_t i = lane; i < channels; i += 32) {
    const float x = row[i] - terms.mean;
    squares = fmaf(x, x, squares);
  }
  terms.scale = 1 / sqrtf(warp_total(squares) / n + eps);
  return terms;
}

}  // namespace heddle::attention::cuda
