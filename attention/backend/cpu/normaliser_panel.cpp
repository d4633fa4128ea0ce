#include "attention/backend/cpu/normaliser_panel.h"

#include "attention/backend/cpu/attention_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/normaliser_panel.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include "attention/backend/cpu/attention_micro-inl.h"
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {

/// x^y for x > 0; 0 for x == 0.
HWY_INLINE Floats power(Floats x, Floats y) {
  const FloatTag d;
  const auto positive = hn::Gt(x, hn::Zero(d));
  const Floats safe = hn::IfThenElse(positive, x, hn::Set(d, 1.0f));
  return hn::IfThenElseZero(positive, hn::Exp(d, hn::Mul(y, hn::Log(d, safe))));
}

// One struct an alpha that has a short form: `slope_power` is t^(e - 1) with e = 1 / (alpha - 1),
// so that a weight is t * slope_power(t); `slope` is w^(2 - alpha), the derivative of a weight.

struct Sparsemax {
  HWY_INLINE Floats slope_power(Floats t) const { return slope(t); }
  HWY_INLINE Floats slope(Floats w) const {
    const FloatTag d;
    return hn::IfThenElseZero(hn::Gt(w, hn::Zero(d)), hn::Set(d, 1.0f));
  }
};

struct Entmax15 {
  HWY_INLINE Floats slope_power(Floats t) const { return t; }
  HWY_INLINE Floats slope(Floats w) const { return hn::Sqrt(w); }
};

struct Entmax {
  float alpha;
  HWY_INLINE Floats slope_power(Floats t) const {
    return power(t, hn::Set(FloatTag(), 1 / (alpha - 1) - 1));
  }
  HWY_INLINE Floats slope(Floats w) const { return power(w, hn::Set(FloatTag(), 2 - alpha)); }
};

struct Softmax {
  HWY_INLINE Floats slope(Floats w) const { return w; }
};

/// Divides by the sum; a lane whose weights are all 0 keeps them.
HWY_INLINE void share_out(std::int64_t keys, Floats sum, float* HWY_RESTRICT weights) {
  const FloatTag d;
  const Floats one = hn::Set(d, 1.0f);
  const Floats inverse = hn::Div(one, hn::IfThenElse(hn::Gt(sum, hn::Zero(d)), sum, one));
  for (std::int64_t k = 0; k < keys; ++k) {
    float* weight = weights + k * kLanes;
    hn::Store(hn::Mul(hn::Load(d, weight), inverse), d, weight);
  }
}

HWY_INLINE Floats largest(std::int64_t keys, const float* HWY_RESTRICT logits) {
  const FloatTag d;
  const Floats none = hn::Set(d, -HUGE_VALF);
  Floats max = none;
  for (std::int64_t k = 0; k < keys; ++k) max = hn::Max(max, hn::Load(d, logits + k * kLanes));
  return hn::IfThenZeroElse(hn::Eq(max, none), max);
}

HWY_INLINE void soften_lanes(std::int64_t keys, float* HWY_RESTRICT logits) {
  const FloatTag d;
  const Floats max = largest(keys, logits);
  Floats sum = hn::Zero(d);
  for (std::int64_t k = 0; k < keys; ++k) {
    float* logit = logits + k * kLanes;
    const Floats distance = hn::Sub(hn::Load(d, logit), max);
    const Floats weight = exp2_of_negative(hn::Mul(distance, hn::Set(d, 0x1.715476p0f)));
    sum = hn::Add(sum, weight);
    hn::Store(weight, d, logit);
  }
  share_out(keys, sum, logits);
}

/// tau of half a panel whose logits are relative to their maximum and times alpha - 1. A lane stops
/// at its own last step, whatever its neighbours still need.
template <class Kind>
HWY_INLINE Floats
threshold(const Kind& kind, float exponent, std::int64_t keys, const float* HWY_RESTRICT scaled) {
  const FloatTag d;
  constexpr int kMostSteps = 100;
  const Floats one = hn::Set(d, 1.0f);
  Floats tau = hn::Set(d, -1.0f);
  for (int step = 0; step < kMostSteps; ++step) {
    Floats sum = hn::Zero(d);
    Floats slopes = hn::Zero(d);
    for (std::int64_t k = 0; k < keys; ++k) {
      const Floats t = hn::Max(hn::Sub(hn::Load(d, scaled + k * kLanes), tau), hn::Zero(d));
      const Floats slope = kind.slope_power(t);
      slopes = hn::Add(slopes, slope);
      sum = hn::MulAdd(slope, t, sum);
    }
    const Floats down = hn::Mul(hn::Max(slopes, hn::Set(d, 1e-30f)), hn::Set(d, exponent));
    const Floats move = hn::Div(hn::Sub(sum, one), down);
    const auto moves = hn::Gt(move, hn::Set(d, 1e-7f));
    if (hn::AllFalse(d, moves)) break;
    tau = hn::IfThenElse(moves, hn::Add(tau, move), tau);
  }
  return tau;
}

template <class Kind>
HWY_INLINE void entmax_lanes(const Kind& kind,
                             float alpha,
                             std::int64_t keys,
                             float* HWY_RESTRICT logits) {
  const FloatTag d;
  const Floats max = largest(keys, logits);
  for (std::int64_t k = 0; k < keys; ++k) {
    float* logit = logits + k * kLanes;
    hn::Store(hn::Mul(hn::Sub(hn::Load(d, logit), max), hn::Set(d, alpha - 1)), d, logit);
  }
  const Floats tau = threshold(kind, 1 / (alpha - 1), keys, logits);
  Floats sum = hn::Zero(d);
  for (std::int64_t k = 0; k < keys; ++k) {
    float* logit = logits + k * kLanes;
    const Floats t = hn::Max(hn::Sub(hn::Load(d, logit), tau), hn::Zero(d));
    const Floats weight = hn::Mul(t, kind.slope_power(t));
    sum = hn::Add(sum, weight);
    hn::Store(weight, d, logit);
  }
  share_out(keys, sum, logits);
}

void normalise_lanes(float alpha, std::int64_t keys, float* logits) {
  for (int half = 0; half < kLanes; half += kHalf) {
    float* from = logits + half;
    if (alpha == 1) {
      soften_lanes(keys, from);
    } else if (alpha == 2) {
      entmax_lanes(Sparsemax(), alpha, keys, from);
    } else if (alpha == 1.5f) {
      entmax_lanes(Entmax15(), alpha, keys, from);
    } else {
      entmax_lanes(Entmax{alpha}, alpha, keys, from);
    }
  }
}

/// What the gradient of alpha = 1 + e needs of a weight, each finite as e goes to 0:
/// log = ln w, first = (w^-e - 1) / e = -log + e second, second = log^2 / 2 - ...
struct LogTerms {
  Floats log, first, second;
};

HWY_INLINE LogTerms log_terms(Floats w, float e) {
  const FloatTag d;
  const auto positive = hn::Gt(w, hn::Zero(d));
  const Floats log = hn::Log(d, hn::IfThenElse(positive, w, hn::Set(d, 1.0f)));
  const Floats u = hn::Mul(log, hn::Set(d, -e));
  const Floats first = hn::Div(hn::Expm1(d, u), hn::Set(d, e));
  Floats series = hn::Set(d, 1.0f / 5040);  // (e^u - 1 - u) / u^2, where that would cancel
  for (const float term : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2}) {
    series = hn::MulAdd(series, u, hn::Set(d, term));
  }
  const Floats near = hn::Mul(hn::Mul(log, log), series);
  const Floats far = hn::Div(hn::Add(first, log), hn::Set(d, e));
  return {log, first, hn::IfThenElse(hn::Lt(u, hn::Set(d, 0.5f)), near, far)};
}

/// dalpha = - sum of dw w / S (second - mean second + log mean first - first mean log), means by
/// weight, S the sum of slopes: the derivative of 1909.00015 with its two divisions by e multiplied
/// out, for they cancel near softmax. The weights' gradients may be shifted by any constant: it has
/// no part in it.
HWY_INLINE Floats alpha_lanes(float e,
                              std::int64_t keys,
                              const float* HWY_RESTRICT weights,
                              const float* HWY_RESTRICT gradients,
                              Floats slopes) {
  const FloatTag d;
  LogTerms mean{hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  for (std::int64_t k = 0; k < keys; ++k) {
    const Floats w = hn::Load(d, weights + k * kLanes);
    const LogTerms terms = log_terms(w, e);
    mean = {hn::MulAdd(w, terms.log, mean.log),
            hn::MulAdd(w, terms.first, mean.first),
            hn::MulAdd(w, terms.second, mean.second)};
  }
  Floats sum = hn::Zero(d);
  for (std::int64_t k = 0; k < keys; ++k) {
    const Floats w = hn::Load(d, weights + k * kLanes);
    const LogTerms terms = log_terms(w, e);
    const Floats turned = hn::Sub(hn::Mul(terms.log, mean.first), hn::Mul(terms.first, mean.log));
    const Floats factor = hn::Mul(w, hn::Add(hn::Sub(terms.second, mean.second), turned));
    sum = hn::NegMulAdd(hn::Load(d, gradients + k * kLanes), factor, sum);
  }
  return hn::Div(sum, slopes);
}

template <class Kind>
HWY_INLINE void slope_lanes(const Kind& kind,
                            float alpha,
                            std::int64_t keys,
                            const float* HWY_RESTRICT weights,
                            float* HWY_RESTRICT gradients,
                            float* alphas) {
  const FloatTag d;
  Floats slopes = hn::Zero(d);
  Floats product = hn::Zero(d);
  for (std::int64_t k = 0; k < keys; ++k) {
    const Floats slope = kind.slope(hn::Load(d, weights + k * kLanes));
    slopes = hn::Add(slopes, slope);
    product = hn::MulAdd(slope, hn::Load(d, gradients + k * kLanes), product);
  }
  slopes = hn::IfThenElse(hn::Gt(slopes, hn::Zero(d)), slopes, hn::Set(d, 1.0f));
  if (alphas) {
    const Floats gained = alpha_lanes(alpha - 1, keys, weights, gradients, slopes);
    hn::Store(hn::Add(hn::Load(d, alphas), gained), d, alphas);
  }
  const Floats mean = hn::Div(product, slopes);
  for (std::int64_t k = 0; k < keys; ++k) {
    const Floats slope = kind.slope(hn::Load(d, weights + k * kLanes));
    float* gradient = gradients + k * kLanes;
    hn::Store(hn::Mul(slope, hn::Sub(hn::Load(d, gradient), mean)), d, gradient);
  }
}

void differentiate_lanes(
    float alpha, std::int64_t keys, const float* weights, float* gradients, float* alphas) {
  for (int half = 0; half < kLanes; half += kHalf) {
    const float* w = weights + half;
    float* g = gradients + half;
    float* a = alphas ? alphas + half : nullptr;
    if (alpha == 1) {
      slope_lanes(Softmax(), alpha, keys, w, g, nullptr);
    } else if (alpha == 2) {
      slope_lanes(Sparsemax(), alpha, keys, w, g, a);
    } else if (alpha == 1.5f) {
      slope_lanes(Entmax15(), alpha, keys, w, g, a);
    } else {
      slope_lanes(Entmax{alpha}, alpha, keys, w, g, a);
    }
  }
}

void score_lanes(const PanelProduct& product) {
  score(product.panel, product.rows, product.count, product.dim, product.scores);
  if (product.mask) hide(product.mask, product.first, product.count, product.scores);
}

void weigh_lanes(const float* weights, Rows rows, int count, int dim, float* out) {
  const FloatTag d;
  Floats any = hn::Zero(d);
  for (int i = 0; i < count * kLanes; i += kHalf) any = hn::Or(any, hn::Load(d, weights + i));
  if (hn::AllTrue(d, hn::Eq(any, hn::Zero(d)))) return;
  alignas(64) float ones[kLanes];
  for (float& one : ones) one = 1;
  weigh(weights, rows, count, dim, ones, out);
}

void add_row_lanes(const RowProduct& product) {
  add_products(product.factors,
               product.keys,
               product.rows,
               product.used,
               product.columns,
               {product.to, product.stride});
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(score_lanes);
HWY_EXPORT(normalise_lanes);
HWY_EXPORT(differentiate_lanes);
HWY_EXPORT(weigh_lanes);
HWY_EXPORT(add_row_lanes);

void score_panel(const PanelProduct& product) { HWY_DYNAMIC_DISPATCH(score_lanes)(product); }

void normalise_panel(float alpha, std::int64_t keys, float* logits) {
  HWY_DYNAMIC_DISPATCH(normalise_lanes)(alpha, keys, logits);
}

void differentiate_panel(
    float alpha, std::int64_t keys, const float* weights, float* gradients, float* alphas) {
  HWY_DYNAMIC_DISPATCH(differentiate_lanes)(alpha, keys, weights, gradients, alphas);
}

void weigh_panel(const float* weights, Rows rows, int count, int dim, float* out) {
  HWY_DYNAMIC_DISPATCH(weigh_lanes)(weights, rows, count, dim, out);
}

void add_row_product(const RowProduct& product) { HWY_DYNAMIC_DISPATCH(add_row_lanes)(product); }

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
