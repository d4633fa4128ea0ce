#pragma once
// Routing Transformer (arXiv 2003.05997): for each head, every centroid takes the `window` queries
// and the `window` keys nearest to it by angle, and those attend one another; a token that several
// centroids took gets the mean of what they gave, one that none took gets 0. Centroids follow the
// data by a moving average. Who is taken depends on all tokens, later ones too, causal or not: a
// longer segment may change an earlier row. With clusters ~ sqrt(tokens) and window ~ tokens /
// clusters the whole costs O(tokens^1.5). Shapes: (heads, tokens, dim) f32. Threads: those of the
// back end. Errors: std::invalid_argument.

#include "attention/backend/backend.h"

#include <cstdint>

namespace heddle::attention {

struct RoutingArgs {
  std::int64_t window = 64;  // tokens a cluster, at most all
  bool causal = false;       // attend keys up to oneself; a query without any gives 0
  TensorView centroids;      // (heads, clusters, dim)
  TensorView queries, keys, values;
  float scale = 1;
  TensorView out;
};
void routing_attention(const Backend& backend, const RoutingArgs& args);

/// Who was taken is a constant, as in the paper.
struct RoutingGradientArgs {
  RoutingArgs forward;  // `out` is written again
  TensorView out_gradient;
  TensorView query_gradient, key_gradient, value_gradient;
};
void routing_attention_gradient(const Backend& backend, const RoutingGradientArgs& args);

/// centroid = decay * centroid + (1 - decay) * the direction of the sum of the unit queries and
/// keys that are nearest to it by angle, whatever the lengths of centroids; one that is nearest to
/// none stays.
void update_centroids(const RoutingArgs& args, float decay);

}  // namespace heddle::attention
