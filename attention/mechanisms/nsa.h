#pragma once
// Native sparse attention (arXiv 2502.11089): three branches over one causal segment, each weighed
// by a gate of its own a query and head.
//   compress: one key and value a block that is closed with the query, the mean of its own (the
//     paper's learned map is the caller's: pass keys that went through it)
//   select: compressed(block, top) of selectors.h, heads of a key head together; its softmax is at
//     1 / sqrt(dim) whatever `scale` is, and a query counts blocks before its own alone
//   window: the last `window` keys
// Shapes: (heads, tokens, dim) f32. Threads: those of the back end. Errors: std::invalid_argument.

#include "attention/backend/backend.h"

#include <cstdint>

namespace heddle::attention {

struct NsaSpec {
  std::int64_t block = 64;
  std::int64_t top = 16;
  std::int64_t window = 512;
};

struct NsaArgs {
  NsaSpec spec;
  TensorView queries;  // (heads, tokens, key_dim)
  TensorView keys;     // (kv_heads, tokens, key_dim)
  TensorView values;   // (kv_heads, tokens, value_dim)
  TensorView gates;    // (heads, tokens, 3): compress, select, window
  float scale = 1;
  TensorView out;  // (heads, tokens, value_dim) = sum of gate * branch
};
void nsa_attention(const Backend& backend, const NsaArgs& args);

/// The selection is a constant, as in the paper: it learns through the compressed branch.
struct NsaGradientArgs {
  NsaArgs forward;  // `out` is written again
  TensorView out_gradient;
  TensorView query_gradient, key_gradient, value_gradient, gate_gradient;
};
void nsa_attention_gradient(const Backend& backend, const NsaGradientArgs& args);

}  // namespace heddle::attention
