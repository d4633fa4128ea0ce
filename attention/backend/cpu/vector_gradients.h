#pragma once
// Gradients of element-wise and row operations on plain arrays, one row a call, compiled for every
// instruction set Highway knows and chosen at run time. `add`: dx += gradient instead of dx =
// gradient. dx may be dy where not added to. A row's bits depend only on the row. Threads: plain
// functions without state.

#include <cstdint>

namespace heddle::attention::cpu {

struct RowGradient {
  const float* x;   // of the operation
  const float* dy;  // of its output
  float* dx;
  std::int64_t n;
  bool add;
};

/// dx = dy (Phi(x) + x phi(x))
void gelu_gradient_row(const RowGradient& row);
/// dx = dy where x > 0, else 0
void relu_gradient_row(const RowGradient& row);
/// y = x / max(|x|, eps)
void l2_normalize_gradient_row(const RowGradient& row, float eps);

struct SwigluGradientRow {
  const float* gate;
  const float* value;
  const float* dy;
  float* dgate;
  float* dvalue;
  std::int64_t n;
  bool add;
};
void swiglu_gradient_row(const SwigluGradientRow& row);

/// y = gain (x - mean) / sqrt(variance + eps) + bias, mean 0 unless `centred`.
struct NormGradient {
  const float* gain;
  float eps;
  bool centred;
  float* gain_sums;  // (n), added to; null: not wanted
};
/// dx null: not wanted.
void norm_gradient_row(const NormGradient& norm, const RowGradient& row);

}  // namespace heddle::attention::cpu
