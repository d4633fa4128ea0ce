#pragma once
// The row-wise and element-wise operations of backend.h over TBB, in fixed blocks of rows. Threads,
// errors: see backend.h and operands.h. Steady state allocates nothing.

#include "attention/backend/backend.h"

namespace heddle::attention::cpu {

void rms_norm(const TensorView& in, const TensorView& gain, float eps, const TensorView& out);
void layer_norm(const TensorView& in,
                const TensorView& gain,
                const TensorView& bias,
                float eps,
                const TensorView& out);
void l2_normalize(const TensorView& in, float eps, const TensorView& out);
void gelu(const TensorView& in, const TensorView& out);
void relu(const TensorView& in, const TensorView& out);
void add(const TensorView& a, const TensorView& b, const TensorView& out);
void swiglu(const TensorView& in, const TensorView& out);

/// Angles come from a table of 64 offsets and one base a block of 64 positions, combined in double;
/// each thread keeps the table of the last (theta, dim) it met, and allocates only when that
/// changes.
void rotary(const RotaryArgs& args);

}  // namespace heddle::attention::cpu
