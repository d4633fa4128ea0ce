#pragma once
// Attention whose weights need not be a softmax, over any plan, and what rescales weights inside
// the attended set. For one query, over the keys k that the plan attends:
//
//   z_k = scale * q.k + bias_k                   bias: added importance
//   w   = normalise(z)                           softmax, sparsemax, entmax: see Normaliser
//   f_k = importance_k * ramp(|q - k|)           ramp(x) = clamp((ramp + span_h - x) / ramp, 0, 1)
//   out = sum over k of p_k v_k,   p = f w / sum(f w)
//
// so that for softmax f only joins the exponent as ln f. An empty row, or one where f w is 0
// throughout, gives 0 and has no gradient. Sources: sparsemax (arXiv 1602.02068), entmax and its
// gradient (1905.05702), alpha learned (1909.00015), the span's ramp (1905.07799).
// Threads, layouts and errors as in attention_op.h.

#include "attention/backend/attention_op.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace heddle::attention {

/// w_k = max((alpha - 1) z_k - tau, 0)^(1 / (alpha - 1)), tau such that they sum to 1: alpha 2 is
/// sparsemax, 1.5 entmax-1.5, and softmax is the limit at 1, on whose way weights lose digits: f32
/// keeps them to about 1e-7 / (alpha - 1).
struct Normaliser {
  float alpha = 1;  // 1 <= alpha <= 2

  bool softmax() const { return alpha == 1; }
  bool operator==(const Normaliser&) const = default;
};

/// "softmax", "sparsemax", "entmax15", "entmax(1.3)". Throws std::invalid_argument with the list.
Normaliser parse_normaliser(std::string_view text);
std::string text_of(const Normaliser& normaliser);

/// Of one segment's slots; empty: 0 and 1. All f32.
struct KeyModulation {
  TensorView bias;        // (slots)
  TensorView importance;  // (slots), not negative
};

struct NormalisedArgs {
  AttentionArgs
      call;  // its log_sum_exp must be empty: only softmax has one; its plan has no strands
  Normaliser normaliser;
  TensorView alphas;  // (heads) f32: each head's own alpha, in (1, 2]; empty: the normaliser's
  TensorView spans;   // (heads) f32, in positions; empty: no ramp
  float ramp = 0;     // width of the ramp, positive where there are spans
  std::span<const KeyModulation> modulations;  // one a segment, or none at all
};

/// WRITES the gradients of everything that out depends on; empty views are not wanted.
struct NormalisedGradientArgs {
  NormalisedArgs forward;  // `out` is not read
  TensorView out_gradient;
  std::span<const TensorView> query_gradients;            // one a query set
  std::span<const KeySegmentGradient> segment_gradients;  // one a segment
  TensorView alpha_gradient;                              // (heads) f32
  TensorView span_gradient;                               // (heads) f32
  std::span<const KeyModulation> modulation_gradients;    // one a segment, or none at all
};

/// The alpha of one head.
float alpha_of(const NormalisedArgs& args, std::int64_t head);

}  // namespace heddle::attention
