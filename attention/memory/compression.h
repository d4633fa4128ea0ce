#pragma once
// `ratio` consecutive rows of a block become one (Compressive Transformer, arXiv 1911.05507), with
// j a row of the result, t in [0, ratio) and x_t row j * ratio + t of the block:
//   mean  y_j = sum_t x_t / ratio
//   conv  y_j[o] = sum_t sum_i weight[o, t, i] x_t[i]            of keys and of values
//   pool  y_j = sum_t p_t x_t, p = softmax_t(query . key_t)      the same p for keys and values
// All f32, one head a call. Threads: plain functions. Errors: std::invalid_argument.

#include "attention/memory/rolling_memory.h"

namespace heddle::attention {

/// Throws unless the weights of `spec.compressed` have the shapes of its kind, and ratio divides
/// the block.
void require_compression(const MemorySpec& spec);

struct CompressionRows {
  TensorView keys;    // (rows, key_dim)
  TensorView values;  // (rows, value_dim)
};
/// `in` (block) rows to `out` (block / ratio) rows of head `head`.
void compress(const CompressionSpec& spec,
              int head,
              const CompressionRows& in,
              const CompressionRows& out);

/// Adds the gradients of `in` and of the weights, given those of `out`. weights.keys and
/// weights.values have the shapes of the spec's, and may be empty for kMean.
struct CompressionGradient {
  CompressionRows out;  // given
  CompressionRows in;   // added to
  TensorView weight_keys;
  TensorView weight_values;
};
void compress_backward(const CompressionSpec& spec,
                       int head,
                       const CompressionRows& in,
                       const CompressionGradient& gradient);

}  // namespace heddle::attention
