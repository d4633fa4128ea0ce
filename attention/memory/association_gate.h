#pragma once
// How attention and what the associative state answers become one, a gate a head (Infini-attention,
// arXiv 2404.07143):
//   out = (1 - s) attention + s state,  s = sigmoid(gate of the head)
// All f32: (heads, rows, dim) with a contiguous last axis, gates (heads). Threads: plain functions.
// Errors: none; the layer checks shapes.

#include "attention/tensor/tensor.h"

namespace heddle::attention {

/// `out` holds the attention and becomes the mixture.
void mix_associations(const TensorView& gates, const TensorView& state, const TensorView& out);

/// Gradients of mix_associations. Given: attention, state, gates as they went in, and the gradient
/// of what came out. Written: attention_gradient (may be out_gradient itself) and state_gradient.
struct MixGradient {
  TensorView gates;
  TensorView attention;
  TensorView state;
  TensorView out_gradient;
  TensorView attention_gradient;
  TensorView state_gradient;
  TensorView gate_gradient;  // added to
};
void mix_associations_backward(const MixGradient& args);

}  // namespace heddle::attention
