#pragma once
// Causal attention without a softmax, in O(tokens * dim^2): kernel-feature linear attention and the
// gated delta rule. Both carry a state from token to token, so they are a branch of a layer and a
// memory of constant size: give a stream's chunks in order, each with the state the last one left.
// Each rule has a recurrent form (states, what runs) and a parallel one (pairs, no states, the
// definition that tests hold it to).
// Shapes: (heads, tokens, dim) f32, last axis contiguous; gates (heads, tokens), contiguous. Heads
// run on TBB's threads, each on one: bits do not depend on them. Errors: std::invalid_argument.
//
// Sources: linear attention (arXiv 2006.16236); gated delta rule (arXiv 2412.06464).

#include "attention/tensor/tensor.h"

namespace heddle::attention {

/// out_t = phi(q_t) S_t / (phi(q_t) . z_t), S_t = sum over s <= t of phi(k_s) v_s^T, z_t = sum of
/// phi(k_s), phi(x) = elu(x) + 1.
struct LinearArgs {
  TensorView queries;  // (heads, tokens, key_dim)
  TensorView keys;     // (heads, tokens, key_dim)
  TensorView values;   // (heads, tokens, value_dim)
  TensorView state;    // (heads, key_dim, value_dim + 1): S beside z; read, then left at the last
                       // token; empty: zero and not kept
  TensorView out;      // (heads, tokens, value_dim)
};
void linear_attention(const LinearArgs& args);
/// The definition, O(tokens^2); the state must be empty.
void linear_attention_by_pairs(const LinearArgs& args);

struct LinearGradientArgs {
  LinearArgs forward;  // state empty; `out` as the forward left it
  TensorView out_gradient;
  TensorView query_gradient, key_gradient, value_gradient;
};
void linear_attention_gradient(const LinearGradientArgs& args);

/// S_t = a_t S_{t-1} (I - b_t k_t k_t^T) + b_t v_t k_t^T;  out_t = S_t q_t.
struct DeltaRuleArgs {
  TensorView queries;  // (heads, tokens, key_dim)
  TensorView keys;     // (heads, tokens, key_dim), usually of length 1
  TensorView values;   // (heads, tokens, value_dim)
  TensorView decay;    // a: (heads, tokens), in (0, 1]
  TensorView rate;     // b: (heads, tokens), in [0, 1]
  TensorView state;    // (heads, value_dim, key_dim), as LinearArgs::state
  TensorView out;      // (heads, tokens, value_dim)
};
void delta_rule(const DeltaRuleArgs& args);
/// The triangular form, O(tokens^2): u_t = b_t (v_t - sum over s < t of g(t, s) (k_s . k_t) u_s),
/// out_t = sum over s <= t of g(t, s) (k_s . q_t) u_s, g(t, s) = a_{s+1} ... a_t. State empty.
void delta_rule_by_pairs(const DeltaRuleArgs& args);

struct DeltaRuleGradientArgs {
  DeltaRuleArgs forward;  // state empty; `out` is not read
  TensorView out_gradient;
  TensorView query_gradient, key_gradient, value_gradient, decay_gradient, rate_gradient;
};
/// Keeps a state every 64 tokens and makes those between again.
void delta_rule_gradient(const DeltaRuleGradientArgs& args);

}  // namespace heddle::attention
