#include "attention/backend/cpu/gradient_panel.h"

#include "attention/backend/cpu/attention_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/gradient_panel.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include "attention/backend/cpu/attention_micro-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {

/// weights: q.k -> e^(q.k - log_sum_exp); slopes: dO.v -> weight * (dO.v + shift).
HWY_INLINE void differentiate(const GradientTile& tile, int count) {
  const FloatTag d;
  const Floats to_log2 = hn::Set(d, 0x1.715476p0f);
  for (int half = 0; half < kLanes; half += kHalf) {
    const Floats log_sum_exp = hn::Load(d, tile.log_sum_exp + half);
    const Floats shift = hn::Load(d, tile.shift + half);
    for (int k = 0; k < count; ++k) {
      float* weight = tile.weights + k * kLanes + half;
      float* slope = tile.slopes + k * kLanes + half;
      const Floats distance = hn::Sub(hn::Load(d, weight), log_sum_exp);
      const Floats w = exp2_of_negative(hn::Mul(distance, to_log2));
      hn::Store(w, d, weight);
      hn::Store(hn::Mul(w, hn::Add(hn::Load(d, slope), shift)), d, slope);
    }
  }
}

int padded(int columns) { return (columns + kHalf - 1) / kHalf * kHalf; }

/// How often the products of a tile fetch.
int steps_of(const GradientTile& tile, const GradientSums& sums) {
  const int keys = groups_of(tile.end_key - tile.first_key);
  const auto added = [&](int columns) { return keys * ((padded(columns) + kLanes - 1) / kLanes); };
  return 2 * keys + (sums.queries ? groups_of(tile.key_dim) : 0) +
         (sums.keys ? added(tile.key_dim) : 0) + (sums.values ? added(tile.value_dim) : 0);
}

void add_tile(const GradientTile& tile, const GradientSums& sums) {
  const int count = tile.end_key - tile.first_key;
  Fetch fetch(tile.ahead, steps_of(tile, sums));
  const Rows keys = {tile.keys.data + tile.first_key * tile.keys.stride, tile.keys.stride};
  const Rows values = {tile.values.data + tile.first_key * tile.values.stride, tile.values.stride};
  score(tile.queries, keys, count, tile.key_dim, tile.weights, &fetch);
  if (tile.mask) hide(tile.mask, tile.first_key, count, tile.weights);
  score(tile.out_gradient, values, count, tile.value_dim, tile.slopes, &fetch);
  differentiate(tile, count);
  if (sums.queries) {
    alignas(64) float ones[kLanes];
    for (float& one : ones) one = 1;
    weigh(tile.slopes, keys, count, tile.key_dim, ones, sums.queries, &fetch);
  }
  if (sums.keys) {
    float* to = sums.keys + tile.first_key * sums.key_stride;
    add_products(tile.slopes,
                 count,
                 tile.query_rows,
                 tile.used,
                 padded(tile.key_dim),
                 {to, sums.key_stride},
                 &fetch);
  }
  if (sums.values) {
    float* to = sums.values + tile.first_key * sums.value_stride;
    add_products(tile.weights,
                 count,
                 tile.out_gradient_rows,
                 tile.used,
                 padded(tile.value_dim),
                 {to, sums.value_stride},
                 &fetch);
  }
}

int half_lanes() { return kHalf; }

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(half_lanes);
HWY_EXPORT(add_tile);

int gradient_padding() { return HWY_DYNAMIC_DISPATCH(half_lanes)(); }

void add_gradients(const GradientTile& tile, const GradientSums& sums) {
  HWY_DYNAMIC_DISPATCH(add_tile)(tile, sums);
}

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
