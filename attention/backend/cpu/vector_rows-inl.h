// Vectors of a row's floats, whole and in part, and what several row operations compute of them;
// compiled once per instruction set, in its own namespace. Include behind foreach_target.h.

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(HEDDLE_VECTOR_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef HEDDLE_VECTOR_ROWS_INL_H
#undef HEDDLE_VECTOR_ROWS_INL_H
#else
#define HEDDLE_VECTOR_ROWS_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using V = hn::Vec<F32>;
inline constexpr F32 kTag;

/// The first `count` lanes from memory, zeros after: tails run the same arithmetic as full vectors.
HWY_INLINE V load_some(const float* from, std::int64_t count) {
  HWY_ALIGN float lanes[hn::MaxLanes(kTag)] = {};
  std::memcpy(lanes, from, static_cast<std::size_t>(count) * sizeof(float));
  return hn::Load(kTag, lanes);
}

HWY_INLINE void store_some(V x, float* to, std::int64_t count) {
  HWY_ALIGN float lanes[hn::MaxLanes(kTag)];
  hn::Store(x, kTag, lanes);
  std::memcpy(to, lanes, static_cast<std::size_t>(count) * sizeof(float));
}

HWY_INLINE std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(kTag)); }

/// Phi(-a) exp(a^2 / 2) for a in [0, 12]: a rational fit, relative error 3e-7.
HWY_INLINE V scaled_tail(V a) {
  V p = hn::Set(kTag, 0.016482444f);
  p = hn::MulAdd(p, a, hn::Set(kTag, 0.11713162f));
  p = hn::MulAdd(p, a, hn::Set(kTag, 0.35776708f));
  p = hn::MulAdd(p, a, hn::Set(kTag, 0.49999985f));
  V q = hn::Set(kTag, 0.041321818f);
  q = hn::MulAdd(q, a, hn::Set(kTag, 0.29336336f));
  q = hn::MulAdd(q, a, hn::Set(kTag, 0.94190735f));
  q = hn::MulAdd(q, a, hn::Set(kTag, 1.5134037f));
  q = hn::MulAdd(q, a, hn::Set(kTag, 1.0f));
  return hn::Div(p, q);
}

/// Sum of (x - shift)^2 in four running vectors.
HWY_INLINE float sum_of_squares(const float* x, float shift, std::int64_t n) {
  const V minus = hn::Set(kTag, shift);
  V sums[4] = {hn::Zero(kTag), hn::Zero(kTag), hn::Zero(kTag), hn::Zero(kTag)};
  std::int64_t i = 0;
  for (int turn = 0; i + lanes() <= n; i += lanes(), turn = (turn + 1) % 4) {
    const V d = hn::Sub(hn::LoadU(kTag, x + i), minus);
    sums[turn] = hn::MulAdd(d, d, sums[turn]);
  }
  if (i < n) {
    const auto mine = hn::FirstN(kTag, static_cast<std::size_t>(n - i));
    const V d = hn::IfThenElseZero(mine, hn::Sub(load_some(x + i, n - i), minus));
    sums[0] = hn::MulAdd(d, d, sums[0]);
  }
  const V all = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  return hn::GetLane(hn::SumOfLanes(kTag, all));
}

HWY_INLINE float sum(const float* x, std::int64_t n) {
  V total = hn::Zero(kTag);
  std::int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) total = hn::Add(total, hn::LoadU(kTag, x + i));
  if (i < n) total = hn::Add(total, load_some(x + i, n - i));
  return hn::GetLane(hn::SumOfLanes(kTag, total));
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#endif  // per instruction set
