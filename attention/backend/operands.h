#pragma once
// The checks every back end makes before it touches memory, so that all refuse the same operands
// with the same words. Errors: std::invalid_argument naming the operation, the operand, and both
// what was expected and what came.
// Threads: plain functions. Shapes: as dense_op.h and backend.h say of each operation.

#include "attention/backend/backend.h"

#include <cstdint>
#include <string_view>

namespace heddle::attention {

/// What is left of a spec once its weights are packed.
struct DenseShape {
  std::string_view op;
  int spatial_axes = 1;  // linear and conv1d: 1 (rows, positions); conv2d: 2 (height, width)
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t width = 1;  // taps along each spatial axis, odd
  int dilation = 1;
  int stride = 1;
  Activation activation = Activation::kNone;
  bool bias = false;

  std::int64_t halo() const { return width / 2 * dilation; }  // zeros on either side
};

DenseShape checked_shape(const LinearSpec& spec);
DenseShape checked_shape(const Conv1dSpec& spec);
DenseShape checked_shape(const Conv2dSpec& spec);

/// Are `in` and `out` what Dense::run() promises to take?
void check_run(const DenseShape& shape,
               const TensorView& in,
               const TensorView& out,
               bool accumulate);

/// f32 with a contiguous last axis.
void check_rows(std::string_view op, std::string_view operand, const TensorView& view);
void check_same_shape(std::string_view op, const TensorView& in, const TensorView& out);
/// A contiguous f32 vector with one entry a channel of `in`.
void check_per_channel(std::string_view op,
                       std::string_view operand,
                       const TensorView& vector,
                       const TensorView& in);
void check_swiglu(const TensorView& in, const TensorView& out);
void check_rotary(const RotaryArgs& args);

/// All axes but the last, taken as one: how many rows, and where row r starts.
std::int64_t row_count(const TensorView& view);
float* row_start(const TensorView& view, std::int64_t row);

}  // namespace heddle::attention
