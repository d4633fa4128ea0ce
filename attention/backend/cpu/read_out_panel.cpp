#include "attention/backend/cpu/read_out_panel.h"

#include "attention/backend/cpu/attention_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/read_out_panel.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include "attention/backend/cpu/attention_micro-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {

HWY_INLINE void keep_best(const ReadOutTile& tile, std::uint8_t side, float* best) {
  const FloatTag d;
  for (int half = 0; half < kLanes; half += kHalf) {
    Floats max = hn::Load(d, best + half);
    for (int k = 0; k < tile.count; ++k) {
      if ((tile.sides[k] & side) == 0) continue;
      max = hn::Max(max, hn::Load(d, tile.scores + k * kLanes + half));
    }
    hn::Store(max, d, best + half);
  }
}

HWY_INLINE void compare_panel(const ReadOutTile& tile, const ReadOutState& state) {
  score(tile.queries, tile.keys, tile.count, tile.key_dim, tile.scores);
  keep_best(tile, kInside, state.inside);
  keep_best(tile, kOutside, state.outside);
}

void read_panel(const ReadOutTile& tile, const ReadOutState& state) {
  compare_panel(tile, state);
  alignas(64) float shrink[kLanes];
  soften<true>(tile.count, tile.scale, tile.scores, state.softmax, shrink);
  weigh(tile.scores, tile.values, tile.count, tile.value_dim, shrink, state.softmax.out);
}

void hit_panel(const ReadOutTile& tile,
               const ReadOutState& state,
               const float* threshold,
               std::uint32_t* hits) {
  compare_panel(tile, state);
  const FloatTag d;
  const Floats low = hn::LoadU(d, threshold);
  const Floats high = hn::LoadU(d, threshold + kHalf);
  for (int k = 0; k < tile.count; ++k) {
    const float* score = tile.scores + k * kLanes;
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, hn::Gt(hn::Load(d, score), low), bytes);
    hn::StoreMaskBits(d, hn::Gt(hn::Load(d, score + kHalf), high), bytes + 4);
    const std::uint32_t first = bytes[0] | std::uint32_t{bytes[1]} << 8;
    const std::uint32_t second = bytes[4] | std::uint32_t{bytes[5]} << 8;
    hits[k] = first | second << kHalf;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(read_panel);
HWY_EXPORT(hit_panel);

void read_all(const ReadOutTile& tile, const ReadOutState& state) {
  HWY_DYNAMIC_DISPATCH(read_panel)(tile, state);
}

void read_hits(const ReadOutTile& tile,
               const ReadOutState& state,
               const float* threshold,
               std::uint32_t* hits) {
  HWY_DYNAMIC_DISPATCH(hit_panel)(tile, state, threshold, hits);
}

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
