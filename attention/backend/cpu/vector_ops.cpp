#include "attention/backend/cpu/vector_ops.h"

// Icelake and SSSE3 would repeat AVX3 and SSE4; arrays of vectors need sizes known to the compiler.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/vector_ops.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
#include "attention/backend/cpu/vector_rows-inl.h"
// clang-format on

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set

/// out[i] = op(i-th vectors of the operands).
template <class Op>
HWY_INLINE void map(const Op& op, const float* a, float* out, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) hn::StoreU(op(hn::LoadU(kTag, a + i)), kTag, out + i);
  if (i < n) store_some(op(load_some(a + i, n - i)), out + i, n - i);
}

template <class Op>
HWY_INLINE void map(const Op& op, const float* a, const float* b, float* out, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) {
    hn::StoreU(op(hn::LoadU(kTag, a + i), hn::LoadU(kTag, b + i)), kTag, out + i);
  }
  if (i < n) store_some(op(load_some(a + i, n - i), load_some(b + i, n - i)), out + i, n - i);
}

struct Gelu {  // max(x, 0) - |x| Phi(-|x|): no cancellation on either side
  HWY_INLINE V operator()(V x) const {
    const V a = hn::Min(hn::Abs(x), hn::Set(kTag, 14.0f));  // Phi(-14) is 0 in float
    const V bell = hn::Exp(kTag, hn::Mul(hn::Mul(a, hn::Set(kTag, -0.5f)), a));
    const V part = hn::Mul(hn::Mul(a, bell), scaled_tail(a));
    const V y = hn::Sub(hn::Max(x, hn::Zero(kTag)), part);
    return hn::IfThenElse(hn::IsNaN(x), x, y);
  }
};

struct Relu {
  HWY_INLINE V operator()(V x) const {
    return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(kTag)), x);  // keeps NaN, as Max would not
  }
};

struct Add {
  HWY_INLINE V operator()(V a, V b) const { return hn::Add(a, b); }
};

struct SwiGlu {  // sigmoid through exp(-|gate|), which never overflows
  HWY_INLINE V operator()(V gate, V value) const {
    const V one = hn::Set(kTag, 1.0f);
    const V small = hn::Exp(kTag, hn::Neg(hn::Abs(gate)));
    const V top = hn::IfThenElse(hn::Lt(gate, hn::Zero(kTag)), small, one);
    return hn::Mul(hn::Mul(gate, hn::Div(top, hn::Add(one, small))), value);
  }
};

struct Scale {
  V by;
  HWY_INLINE V operator()(V x) const { return hn::Mul(x, by); }
  HWY_INLINE V operator()(V x, V gain) const { return hn::Mul(gain, hn::Mul(x, by)); }
};

void gelu(const float* in, float* out, std::int64_t n) { map(Gelu(), in, out, n); }
void relu(const float* in, float* out, std::int64_t n) { map(Relu(), in, out, n); }
void add(const float* a, const float* b, float* out, std::int64_t n) { map(Add(), a, b, out, n); }
void swiglu(const float* gate, const float* value, float* out, std::int64_t n) {
  map(SwiGlu(), gate, value, out, n);
}

void rms_norm(const float* in, const float* gain, float eps, float* out, std::int64_t n) {
  const float mean = sum_of_squares(in, 0, n) / static_cast<float>(n);
  map(Scale{hn::Set(kTag, 1 / std::sqrt(mean + eps))}, in, gain, out, n);
}

void l2_normalize(const float* in, float eps, float* out, std::int64_t n) {
  const float norm = std::sqrt(sum_of_squares(in, 0, n));
  map(Scale{hn::Set(kTag, 1 / (norm > eps ? norm : eps))}, in, out, n);
}

void layer_norm(const LayerNormRow& norm, const float* in, float* out) {
  const float mean = sum(in, norm.n) / static_cast<float>(norm.n);
  const float variance = sum_of_squares(in, mean, norm.n) / static_cast<float>(norm.n);
  const V minus = hn::Set(kTag, mean);
  const V by = hn::Set(kTag, 1 / std::sqrt(variance + norm.eps));
  const auto unit = [&](V x, V gain, V bias)
                        HWY_ATTR { return hn::MulAdd(gain, hn::Mul(hn::Sub(x, minus), by), bias); };
  std::int64_t i = 0;
  for (; i + lanes() <= norm.n; i += lanes()) {
    const V y = unit(
        hn::LoadU(kTag, in + i), hn::LoadU(kTag, norm.gain + i), hn::LoadU(kTag, norm.bias + i));
    hn::StoreU(y, kTag, out + i);
  }
  if (i == norm.n) return;
  const std::int64_t rest = norm.n - i;
  const V y =
      unit(load_some(in + i, rest), load_some(norm.gain + i, rest), load_some(norm.bias + i, rest));
  store_some(y, out + i, rest);
}

struct Pair {
  V first;
  V second;
};

HWY_INLINE Pair rotated(Pair x, V cosine, V sine) {
  return {hn::NegMulAdd(x.second, sine, hn::Mul(x.first, cosine)),
          hn::MulAdd(x.first, sine, hn::Mul(x.second, cosine))};
}

void rotate(float* first, float* second, const float* cosines, const float* sines, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) {
    const Pair x{hn::LoadU(kTag, first + i), hn::LoadU(kTag, second + i)};
    const Pair y = rotated(x, hn::LoadU(kTag, cosines + i), hn::LoadU(kTag, sines + i));
    hn::StoreU(y.first, kTag, first + i);
    hn::StoreU(y.second, kTag, second + i);
  }
  if (i == n) return;
  const Pair x{load_some(first + i, n - i), load_some(second + i, n - i)};
  const Pair y = rotated(x, load_some(cosines + i, n - i), load_some(sines + i, n - i));
  store_some(y.first, first + i, n - i);
  store_some(y.second, second + i, n - i);
}

std::int64_t target() { return HWY_TARGET; }

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(target);
HWY_EXPORT(gelu);
HWY_EXPORT(relu);
HWY_EXPORT(add);
HWY_EXPORT(swiglu);
HWY_EXPORT(rms_norm);
HWY_EXPORT(layer_norm);
HWY_EXPORT(l2_normalize);
HWY_EXPORT(rotate);

const char* vector_target() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)()); }

void gelu_row(const float* in, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(gelu)(in, out, n);
}
void relu_row(const float* in, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(relu)(in, out, n);
}
void add_row(const float* a, const float* b, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(add)(a, b, out, n);
}
void swiglu_row(const float* gate, const float* value, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(swiglu)(gate, value, out, n);
}
void rms_norm_row(const float* in, const float* gain, float eps, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(rms_norm)(in, gain, eps, out, n);
}
void layer_norm_row(const LayerNormRow& norm, const float* in, float* out) {
  HWY_DYNAMIC_DISPATCH(layer_norm)(norm, in, out);
}
void l2_normalize_row(const float* in, float eps, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(l2_normalize)(in, eps, out, n);
}
void rotate_row(
    float* first, float* second, const float* cosines, const float* sines, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(rotate)(first, second, cosines, sines, n);
}

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
