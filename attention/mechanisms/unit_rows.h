#pragma once
// Rows of length 1 and sigmoids of gates, with their gradients. Shapes: (heads, tokens, dim) f32,
// last axis contiguous. Threads: pure. Errors: none; a row of zeros stays one and has no gradient.

#include "attention/tensor/tensor.h"

namespace heddle::attention {

/// x / |x|, row by row.
Tensor unit_rows(const TensorView& from);
/// `gradient`, of unit_rows(from), becomes that of `from`; may be in place of itself only.
void unit_rows_gradient(const TensorView& from, const TensorView& gradient);

/// sigmoid(x), element by element.
Tensor sigmoids(const TensorView& from);
/// `gradient`, of `values` = sigmoids(x), becomes that of x.
void sigmoids_gradient(const Tensor& values, const TensorView& gradient);

/// Zeros of the same (heads, tokens, dim).
Tensor zeros_like(const TensorView& view);

}  // namespace heddle::attention
