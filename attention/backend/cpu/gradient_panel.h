#pragma once
// The vector kernel of attention's gradient, chosen at run time for the machine's instruction set:
// one tile of keys against one panel of queries. As in the forward a query is a lane. A query's
// gradient is a chain of fused multiply-adds over its keys in ascending order, a key's a chain over
// its queries: bits depend on nothing else. Threads: a pure function of its arguments.

#include "attention/backend/cpu/attention_panel.h"

namespace heddle::attention::cpu {

/// Elements by which rows of gradients are padded: a whole vector.
int gradient_padding();

struct GradientTile {
  const float* queries = nullptr;       // (key_dim, lanes), times the scale
  const float* out_gradient = nullptr;  // (value_dim, lanes)
  const float* log_sum_exp = nullptr;   // (lanes), natural; +inf: the lane attends nothing
  const float* shift = nullptr;         // (lanes), what joins dO.v: dlog_sum_exp - dO.out
  Rows query_rows;                      // (used lanes, key_dim padded), times the scale
  Rows out_gradient_rows;               // (used lanes, value_dim padded)
  Rows keys;                            // (key_count, key_dim)
  Rows values;                          // (key_count, value_dim)
  const std::uint32_t* mask = nullptr;  // as PanelTile::mask
  int used = 0;                         // lanes that hold a query
  int first_key = 0;                    // keys [first_key, end_key) of the tile are looked at
  int end_key = 0;
  int key_dim = 0;
  int value_dim = 0;
  float* weights = nullptr;  // scratch (key_count, lanes)
  float* slopes = nullptr;   // scratch (key_count, lanes)
  Ahead ahead;
};

/// What a tile adds to; null: not wanted.
struct GradientSums {
  float* queries = nullptr;  // (key_dim, lanes), still to be multiplied by the scale
  float* keys = nullptr;     // (key_count, key_stride), key_dim padded
  float* values = nullptr;   // (key_count, value_stride), value_dim padded
  std::int64_t key_stride = 0;
  std::int64_t value_stride = 0;
};

/// weight = e^(q.k - log_sum_exp), slope = weight * (dO.v + shift); then dq += slope k, dk += slope
/// q and dv += weight dO.
void add_gradients(const GradientTile& tile, const GradientSums& sums);

}  // namespace heddle::attention::cpu
