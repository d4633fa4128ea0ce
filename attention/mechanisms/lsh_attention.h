#pragma once
// Reformer's attention by locality-sensitive hashing (arXiv 2001.04451): tokens are sorted by
// bucket, a permutation, and cut into chunks; a token attends its chunk and the one before, never
// itself unless there is nobody else. Several rounds of hashing merge by log-sum-exp. Sorted rounds
// lie behind one another and the first chunk looks back at the last, so the plan is banded: chunks
// are small, and the whole costs O(rounds * tokens * chunk). Where chunks are cut depends on all
// tokens, later ones too, causal or not: a longer segment may change an earlier row. Rows are
// loaded through the order where the back end can (attention/backend/ordered_op.h); what lies by
// place is kept for as many heads as there are threads. Shapes: (heads, tokens, dim), f32. Threads:
// those of the back end; any number gives the same bits. Errors: std::invalid_argument.

#include "attention/backend/backend.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

struct LshSpec {
  int rounds = 1;
  int buckets = 16;         // even
  std::int64_t chunk = 64;  // tokens; divides the number of tokens
  bool causal = true;
};

/// Buckets (heads, rounds, tokens) by random rotations (heads, rounds, dim, buckets / 2): the
/// largest of [x R, -x R], ties to the smaller, products by the back end.
std::vector<std::int32_t> lsh_buckets(const Backend& backend,
                                      const LshSpec& spec,
                                      const TensorView& x,
                                      const TensorView& rotations);

struct LshArgs {
  LshSpec spec;
  const std::vector<std::int32_t>* buckets = nullptr;  // (heads, rounds, tokens)
  TensorView queries;
  TensorView keys;  // Reformer's are its queries, each of length 1
  TensorView values;
  float scale = 1;
  TensorView out;
};
void lsh_attention(const Backend& backend, const LshArgs& args);

struct LshGradientArgs {
  LshArgs forward;  // `out` is written again
  TensorView out_gradient;
  TensorView query_gradient;
  TensorView key_gradient;
  TensorView value_gradient;
};
/// Buckets are constants, as in the paper.
void lsh_attention_gradient(const Backend& backend, const LshGradientArgs& args);

}  // namespace heddle::attention
