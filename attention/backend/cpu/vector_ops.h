#pragma once
// Element-wise and row operations on plain arrays, one row a call, compiled for every instruction
// set Highway knows and chosen at run time. An element's bits depend only on its own operands, a
// row's only on the row. `out` may be an operand. Threads: plain functions without state.

#include <cstdint>

namespace heddle::attention::cpu {

/// The instruction set that runs here, e.g. "AVX2".
const char* vector_target();

/// x * Phi(x) by erfc, absolute error under 3e-7 and relative under 2e-6 (to |x| = 12).
void gelu_row(const float* in, float* out, std::int64_t n);
void relu_row(const float* in, float* out, std::int64_t n);
void add_row(const float* a, const float* b, float* out, std::int64_t n);
void swiglu_row(const float* gate, const float* value, float* out, std::int64_t n);

void rms_norm_row(const float* in, const float* gain, float eps, float* out, std::int64_t n);

struct LayerNormRow {
  const float* gain;  // (n)
  const float* bias;  // (n)
  float eps;
  std::int64_t n;
};
void layer_norm_row(const LayerNormRow& norm, const float* in, float* out);
void l2_normalize_row(const float* in, float eps, float* out, std::int64_t n);

/// (a, b) -> (a cos - b sin, a sin + b cos) in place for the n pairs (first[i], second[i]).
void rotate_row(
    float* first, float* second, const float* cosines, const float* sines, std::int64_t n);

}  // namespace heddle::attention::cpu
