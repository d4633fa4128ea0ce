#pragma once
// Products with weights that come with each call, and their gradients, as shifted products of rows
// (shifted_rows.h) by sgemm. Tasks: 256 rows x 256 columns of an output; 64 x 128 of a tap's weight
// gradient over all rows. Each runs its taps in one order, so that threads change no bit. Memory:
// images are laid out and convolution weights turned at each call. Threads, errors: gradient_op.h.

#include "attention/backend/gradient_op.h"

namespace heddle::attention::cpu {

void product(const ProductArgs& args);
void product_gradient(const ProductGradientArgs& args);

}  // namespace heddle::attention::cpu
