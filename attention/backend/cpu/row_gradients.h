#pragma once
// The row-wise gradients of gradient_op.h over TBB. Rows run in fixed blocks; sums over rows
// (gains, biases) are one partial sum a block, added up in the blocks' order, so that threads
// change no bit. Memory: those partial sums, taken and given back at each call. Threads, errors:
// see gradient_op.h.

#include "attention/backend/gradient_op.h"

namespace heddle::attention::cpu {

void rms_norm_gradient(const RowGradientArgs& args);
void layer_norm_gradient(const RowGradientArgs& args);
void l2_normalize_gradient(const RowGradientArgs& args);
void gelu_gradient(const RowGradientArgs& args);
void relu_gradient(const RowGradientArgs& args);
void swiglu_gradient(const RowGradientArgs& args);

/// to (channels) += the sum of all rows.
void add_column_sums(const TensorView& rows, const TensorView& to);

}  // namespace heddle::attention::cpu
