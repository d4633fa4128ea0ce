#pragma once
// The checks of gradient_op.h that all back ends make first, and a product taken apart. Errors:
// std::invalid_argument naming the operation, the operand, and both what was expected and what
// came.
// Threads: plain functions.

#include "attention/backend/gradient_op.h"
#include "attention/backend/operands.h"

namespace heddle::attention {

/// The shape of the product whose weight this is, by the weight's rank.
DenseShape product_shape(const ProductShape& shape,
                         const TensorView& weight,
                         const TensorView& bias);

/// Throws unless the operands fit; gives the product's shape.
DenseShape check(const ProductArgs& args);
DenseShape check(const ProductGradientArgs& args);

/// `op` with in, out_gradient and in_gradient of one shape, gains as its channels.
void check_row_gradient(std::string_view op, const RowGradientArgs& args);
/// swiglu: in_gradient as in, out_gradient of half its channels.
void check_swiglu_gradient(const RowGradientArgs& args);
void check(const ColumnsArgs& args);
void check(const ExpClampGradientArgs& args);
void check(const LogSoftmaxGradientArgs& args);
void check(const OneHotProductArgs& args);
void check(const OneHotGradientArgs& args);

}  // namespace heddle::attention
