#include "attention/backend/cpu/vector_gradients.h"

#include "attention/backend/cpu/attention_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/vector_gradients.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
#include "attention/backend/cpu/vector_rows-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set

/// body(first, count) for every vector of n elements; count is short of a vector at most once.
template <class Body>
HWY_INLINE void for_each_vector(std::int64_t n, const Body& body) {
  for (std::int64_t i = 0; i < n; i += lanes()) body(i, n - i < lanes() ? n - i : lanes());
}

HWY_INLINE V load(const float* from, std::int64_t count) {
  return count == lanes() ? hn::LoadU(kTag, from) : load_some(from, count);
}

HWY_INLINE void put(V gradient, bool add, float* to, std::int64_t count) {
  const V all = add ? hn::Add(load(to, count), gradient) : gradient;
  if (count == lanes()) {
    hn::StoreU(all, kTag, to);
  } else {
    store_some(all, to, count);
  }
}

HWY_INLINE float total(V sums) { return hn::GetLane(hn::SumOfLanes(kTag, sums)); }

void gelu_gradient(const RowGradient& row) {
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const V x = load(row.x + i, count);
    const V a = hn::Min(hn::Abs(x), hn::Set(kTag, 14.0f));  // Phi(-14) is 0 in float
    const V bell = hn::Exp(kTag, hn::Mul(hn::Mul(a, hn::Set(kTag, -0.5f)), a));
    const V tail = hn::Mul(bell, scaled_tail(a));
    const V phi = hn::Mul(bell, hn::Set(kTag, 0.39894228f));  // 1 / sqrt(2 pi)
    const V below =
        hn::IfThenElse(hn::Lt(x, hn::Zero(kTag)), tail, hn::Sub(hn::Set(kTag, 1.0f), tail));
    const V slope = hn::IfThenElse(hn::IsNaN(x), x, hn::MulAdd(x, phi, below));
    put(hn::Mul(load(row.dy + i, count), slope), row.add, row.dx + i, count);
  });
}

void relu_gradient(const RowGradient& row) {
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const auto on = hn::Gt(load(row.x + i, count), hn::Zero(kTag));
    put(hn::IfThenElseZero(on, load(row.dy + i, count)), row.add, row.dx + i, count);
  });
}

void swiglu_gradient(const SwigluGradientRow& row) {
  const V one = hn::Set(kTag, 1.0f);
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const V g = load(row.gate + i, count);
    const V dy = load(row.dy + i, count);
    const V small = hn::Exp(kTag, hn::Neg(hn::Abs(g)));  // never overflows
    const auto negative = hn::Lt(g, hn::Zero(kTag));
    const V by = hn::Div(one, hn::Add(one, small));
    const V s = hn::Mul(hn::IfThenElse(negative, small, one), by);
    const V rest = hn::Mul(hn::IfThenElse(negative, one, small), by);  // 1 - s
    const V slope = hn::Mul(s, hn::MulAdd(g, rest, one));
    put(hn::Mul(hn::Mul(dy, load(row.value + i, count)), slope), row.add, row.dgate + i, count);
    put(hn::Mul(hn::Mul(dy, g), s), row.add, row.dvalue + i, count);
  });
}

void l2_normalize_gradient(const RowGradient& row, float eps) {
  V along = hn::Zero(kTag);
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    along = hn::MulAdd(load(row.x + i, count), load(row.dy + i, count), along);
  });
  const float norm = std::sqrt(sum_of_squares(row.x, 0, row.n));
  const float by = 1 / (norm > eps ? norm : eps);
  const V back = hn::Set(kTag, norm > eps ? total(along) * by * by : 0.0f);
  const V scale = hn::Set(kTag, by);
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const V inner = hn::NegMulAdd(load(row.x + i, count), back, load(row.dy + i, count));
    put(hn::Mul(inner, scale), row.add, row.dx + i, count);
  });
}

void norm_gradient(const NormGradient& norm, const RowGradient& row) {
  const auto n = static_cast<float>(row.n);
  const float mean = norm.centred ? sum(row.x, row.n) / n : 0;
  const V minus = hn::Set(kTag, mean);
  const float scale = 1 / std::sqrt(sum_of_squares(row.x, mean, row.n) / n + norm.eps);
  const V by = hn::Set(kTag, scale);
  V g_sum = hn::Zero(kTag);
  V gu_sum = hn::Zero(kTag);
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const V u = hn::Mul(hn::Sub(load(row.x + i, count), minus), by);
    const V dy = load(row.dy + i, count);
    const V g = hn::Mul(load(norm.gain + i, count), dy);
    g_sum = hn::Add(g_sum, g);
    gu_sum = hn::MulAdd(g, u, gu_sum);
    if (norm.gain_sums) put(hn::Mul(dy, u), true, norm.gain_sums + i, count);
  });
  if (!row.dx) return;
  const V g_mean = hn::Set(kTag, norm.centred ? total(g_sum) / n : 0);
  const V gu_mean = hn::Set(kTag, total(gu_sum) / n);
  for_each_vector(row.n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const V u = hn::Mul(hn::Sub(load(row.x + i, count), minus), by);
    const V g = hn::Mul(load(norm.gain + i, count), load(row.dy + i, count));
    const V inner = hn::NegMulAdd(u, gu_mean, hn::Sub(g, g_mean));
    put(hn::Mul(inner, by), row.add, row.dx + i, count);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(gelu_gradient);
HWY_EXPORT(relu_gradient);
HWY_EXPORT(swiglu_gradient);
HWY_EXPORT(l2_normalize_gradient);
HWY_EXPORT(norm_gradient);

void gelu_gradient_row(const RowGradient& row) { HWY_DYNAMIC_DISPATCH(gelu_gradient)(row); }
void relu_gradient_row(const RowGradient& row) { HWY_DYNAMIC_DISPATCH(relu_gradient)(row); }
void swiglu_gradient_row(const SwigluGradientRow& row) {
  HWY_DYNAMIC_DISPATCH(swiglu_gradient)(row);
}
void l2_normalize_gradient_row(const RowGradient& row, float eps) {
  HWY_DYNAMIC_DISPATCH(l2_normalize_gradient)(row, eps);
}
void norm_gradient_row(const NormGradient& norm, const RowGradient& row) {
  HWY_DYNAMIC_DISPATCH(norm_gradient)(norm, row);
}

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
