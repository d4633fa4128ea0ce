#include "attention/backend/cpu/attention_panel.h"

#include "attention/backend/cpu/attention_targets.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/attention_panel.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include "attention/backend/cpu/attention_micro-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {

void attend_panel(const PanelTile& tile, const PanelState& state) {
  const int count = tile.end_key - tile.first_key;
  const int steps = groups_of(count) + groups_of(tile.value_dim);
  Fetch fetch(tile.ahead, steps);
  const Rows keys = {tile.keys.data + tile.first_key * tile.keys.stride, tile.keys.stride};
  const Rows values = {tile.values.data + tile.first_key * tile.values.stride, tile.values.stride};
  score(tile.queries, keys, count, tile.key_dim, tile.scores, &fetch);
  if (tile.mask) hide(tile.mask, tile.first_key, count, tile.scores);
  alignas(64) float shrink[kLanes];
  soften<false>(count, 1, tile.scores, state, shrink);
  weigh(tile.scores, values, count, tile.value_dim, shrink, state.out, &fetch);
}

/// A lane's weights are 2^(its maximum - the larger one): 1 and 0 where the other side is empty.
void merge_states(int value_dim, const float* HWY_RESTRICT right, float* HWY_RESTRICT left) {
  const FloatTag d;
  const Floats none = hn::Set(d, -HUGE_VALF);
  for (int half = 0; half < kLanes; half += kHalf) {
    float* HWY_RESTRICT into = left + half;
    const float* HWY_RESTRICT from = right + half;
    const Floats before = hn::Load(d, into);
    const Floats after = hn::Load(d, from);
    const Floats max = hn::Max(before, after);
    const Floats origin = hn::IfThenZeroElse(hn::Eq(max, none), max);
    const Floats keep = exp2_of_negative(hn::Sub(before, origin));
    const Floats gain = exp2_of_negative(hn::Sub(after, origin));
    hn::Store(max, d, into);
    for (int row = 1; row < value_dim + 2; ++row) {
      const Floats gained = hn::Mul(hn::Load(d, from + row * kLanes), gain);
      hn::Store(hn::MulAdd(hn::Load(d, into + row * kLanes), keep, gained), d, into + row * kLanes);
    }
  }
}

int lanes() { return kLanes; }

HWY_INLINE void transpose_cells(
    const Transposition& work, int row, int end_row, int column, int end_column) {
  for (int c = column; c < end_column; ++c) {
    for (int r = row; r < end_row; ++r) {
      work.to[c * work.stride + r] = work.from.data[r * work.from.stride + c] * work.scales[c];
    }
  }
}

/// Four rows by four columns at a time, in 128-bit vectors, which every target but the scalar has.
void transpose_scaled(const Transposition& work) {
  int whole_rows = 0;
  int whole_columns = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<float, 4> d;
  whole_rows = work.rows / 4 * 4;
  whole_columns = work.columns / 4 * 4;
  const std::int64_t step = work.from.stride;
  for (int r = 0; r < whole_rows; r += 4) {
    for (int c = 0; c < whole_columns; c += 4) {
      const float* from = work.from.data + r * step + c;
      const auto scale = hn::LoadU(d, work.scales + c);
      const auto row0 = hn::Mul(hn::LoadU(d, from), scale);
      const auto row1 = hn::Mul(hn::LoadU(d, from + step), scale);
      const auto row2 = hn::Mul(hn::LoadU(d, from + 2 * step), scale);
      const auto row3 = hn::Mul(hn::LoadU(d, from + 3 * step), scale);
      const auto low01 = hn::InterleaveLower(d, row0, row1);
      const auto low23 = hn::InterleaveLower(d, row2, row3);
      const auto high01 = hn::InterleaveUpper(d, row0, row1);
      const auto high23 = hn::InterleaveUpper(d, row2, row3);
      float* to = work.to + c * work.stride + r;
      hn::StoreU(hn::ConcatLowerLower(d, low23, low01), d, to);
      hn::StoreU(hn::ConcatUpperUpper(d, low23, low01), d, to + work.stride);
      hn::StoreU(hn::ConcatLowerLower(d, high23, high01), d, to + 2 * work.stride);
      hn::StoreU(hn::ConcatUpperUpper(d, high23, high01), d, to + 3 * work.stride);
    }
  }
#endif
  transpose_cells(work, 0, whole_rows, whole_columns, work.columns);
  transpose_cells(work, whole_rows, work.rows, 0, work.columns);
}

template <class Storage>
HWY_INLINE void widen_row(const Storage* from, std::int64_t count, float* to) {
  const FloatTag d;
  const hn::Rebind<Storage, FloatTag> dn;
  std::int64_t i = 0;
  for (; i + kHalf <= count; i += kHalf) {
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(dn, from + i)), d, to + i);
  }
  if (i == count) return;
  Storage rest[kHalf] = {};
  for (std::int64_t j = i; j < count; ++j) rest[j - i] = from[j];
  alignas(64) float wide[kHalf];
  hn::Store(hn::PromoteTo(d, hn::LoadU(dn, rest)), d, wide);
  for (std::int64_t j = i; j < count; ++j) to[j] = wide[j - i];
}

void widen_any(DType dtype, const void* from, std::int64_t count, float* to) {
  if (dtype == DType::kBF16) {
    widen_row(static_cast<const hwy::bfloat16_t*>(from), count, to);
  } else if (dtype == DType::kF16) {
    widen_row(static_cast<const hwy::float16_t*>(from), count, to);
  } else {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(lanes);
HWY_EXPORT(attend_panel);
HWY_EXPORT(merge_states);
HWY_EXPORT(widen_any);
HWY_EXPORT(transpose_scaled);

int panel_lanes() { return HWY_DYNAMIC_DISPATCH(lanes)(); }

void attend(const PanelTile& tile, const PanelState& state) {
  HWY_DYNAMIC_DISPATCH(attend_panel)(tile, state);
}

void merge_panel(int value_dim, const float* right, float* left) {
  HWY_DYNAMIC_DISPATCH(merge_states)(value_dim, right, left);
}

void transpose(const Transposition& work) { HWY_DYNAMIC_DISPATCH(transpose_scaled)(work); }

void widen(DType dtype, const void* from, std::int64_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(widen_any)(dtype, from, count, to);
}

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
