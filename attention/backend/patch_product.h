#pragma once
// A product over patches (ProductShape::patch) as a linear layer over rows of whole patches: rows
// (length, in) seen as (length / size, size * in), the weight (out, in, size) turned to (out, size
// * in). For back ends of the host.
// Threads: plain functions. Errors: those of gradient_checks.h.

#include "attention/backend/gradient_op.h"

#include <functional>

namespace heddle::attention {

/// The shapes of a call over patches as the linear layer's, without its values.
ProductArgs rows_of_patches(const ProductArgs& args, const TensorView& turned);
ProductGradientArgs rows_of_patches(const ProductGradientArgs& args,
                                    const TensorView& turned,
                                    const TensorView& turned_gradient);

/// Turns the weight, and the weight's gradient back, around a linear layer.
void product_of_patches(const ProductArgs& args,
                        const std::function<void(const ProductArgs&)>& linear);
void gradient_of_patches(const ProductGradientArgs& args,
                         const std::function<void(const ProductGradientArgs&)>& linear);

}  // namespace heddle::attention
