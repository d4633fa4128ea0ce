#pragma once
// The vector kernels of attention under any normaliser. A query is a lane, and its keys are kept
// whole: logits of a panel against all keys of its row lie as (keys, lanes), because a threshold
// needs them all. A lane's arithmetic depends on its own keys alone; a masked key, at -inf, weighs
// exactly 0. Threads: pure functions of their arguments. Arrays of lanes are 64-byte aligned.

#include "attention/backend/cpu/attention_panel.h"

namespace heddle::attention::cpu {

/// scores[k] = panel . rows[k] for each lane; -inf where `mask` (null: none; first bit at key
/// `first`) hides key k.
struct PanelProduct {
  const float* panel = nullptr;  // (dim, lanes)
  Rows rows;                     // (count, dim)
  int count = 0;
  int dim = 0;
  const std::uint32_t* mask = nullptr;  // as PanelTile::mask
  int first = 0;
  float* scores = nullptr;  // (count, lanes)
};
void score_panel(const PanelProduct& product);

/// Logits (keys, lanes) become weights: softmax, or the alpha-entmax threshold by Newton's method
/// from the left, where the excess is convex, so that no step passes it.
void normalise_panel(float alpha, std::int64_t keys, float* logits);

/// Gradients of weights (keys, lanes) become those of logits; alphas (lanes) gains that of alpha,
/// if not null.
void differentiate_panel(
    float alpha, std::int64_t keys, const float* weights, float* gradients, float* alphas);

/// out[c] += sum over k of weights[k] * rows[k][c]; out (dim, lanes). Nothing where all weights are
/// 0.
void weigh_panel(const float* weights, Rows rows, int count, int dim, float* out);

/// Keys' rows gain factors (keys, lanes) times the first `used` queries' rows.
struct RowProduct {
  const float* factors = nullptr;  // (keys, lanes)
  int keys = 0;
  Rows rows;        // (used, columns)
  int used = 0;     // lanes
  int columns = 0;  // whole vectors: a multiple of gradient_padding()
  float* to = nullptr;
  std::int64_t stride = 0;
};
void add_row_product(const RowProduct& product);

}  // namespace heddle::attention::cpu
