#pragma once
// Attention over buckets that a Sinkhorn-normalised matrix sorts (arXiv 2002.11296). For each head,
// of the mean query and key of each bucket:
//   R = sinkhorn((ln(relu(mean q . mean k / sqrt(dim)) + 1e-6) + noise) / temperature)
// with rows, then columns made to sum to 1, `iterations` times; every query attends the keys of its
// own bucket and the bucket that R mixes for it, sum over j of R[i][j] bucket j. Both ways in time.
// Shapes: (heads, tokens, dim) f32, tokens a multiple of the bucket. Threads: those of the back
// end. Errors: std::invalid_argument.

#include "attention/backend/backend.h"

#include <cstdint>

namespace heddle::attention {

struct SinkhornSpec {
  std::int64_t bucket = 64;
  int iterations = 7;
  double temperature = 0.75;
};

struct SinkhornArgs {
  SinkhornSpec spec;
  TensorView queries, keys, values;
  TensorView noise;  // (heads, buckets, buckets) f32, Gumbel's; empty: none
  float scale = 1;
  TensorView out;
};
void sinkhorn_attention(const Backend& backend, const SinkhornArgs& args);

/// R alone, (heads, buckets, buckets).
Tensor sinkhorn_sorting(const SinkhornArgs& args);

struct SinkhornGradientArgs {
  SinkhornArgs forward;  // `out` is written again
  TensorView out_gradient;
  TensorView query_gradient, key_gradient, value_gradient;
};
void sinkhorn_attention_gradient(const Backend& backend, const SinkhornGradientArgs& args);

}  // namespace heddle::attention
