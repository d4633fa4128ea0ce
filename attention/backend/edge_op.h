#pragma once
// Operations at a model's two ends, and those that only move values. Back ends of the host all do
// them by the plain loops of edge_op.cpp; a device has its own. Operands are contiguous, f32 unless
// said otherwise, and of shapes that fit: the layers check them. `in` and `out` may be one view
// where their dtypes agree. Threads: safe with disjoint outputs.
// Errors: none.

#include "attention/tensor/tensor.h"

#include <cstdint>

namespace heddle::attention {

/// out[p] = bias + sum over taps of rows[tap][classes[p + tap - width / 2]]: a convolution of
/// one-hot rows, without making them. Positions outside and values that are no class add nothing.
struct OneHotConv1dArgs {
  TensorView classes;  // (length) u8
  TensorView rows;     // (width, classes, out)
  TensorView bias;     // (out)
  TensorView out;      // (length, out)
};

/// `count` columns of (..., channels), from column `at_from` on, to column `at_to` on.
struct ColumnCopy {
  TensorView from;
  TensorView to;
  std::int64_t at_from = 0;
  std::int64_t at_to = 0;
  std::int64_t count = 0;
};

class EdgeOps {
 public:
  virtual ~EdgeOps() = default;

  /// (x + shift) * scale; `in` is u8 or f32.
  virtual void scale_shift(const TensorView& in,
                           float shift,
                           float scale,
                           const TensorView& out) const;
  /// scale * exp(min(max(x, -limit), limit))
  virtual void exp_clamp(const TensorView& in,
                         float limit,
                         float scale,
                         const TensorView& out) const;
  /// x - max - log(sum(exp(x - max))) over each of `groups` equal groups of channels.
  virtual void log_softmax(const TensorView& in, std::int64_t groups, const TensorView& out) const;
  /// u8 (length) -> (length, classes); a value that is no class gives zeros.
  virtual void one_hot(const TensorView& in, const TensorView& out) const;
  virtual void one_hot_conv1d(const OneHotConv1dArgs& args) const;
  virtual void copy_columns(const ColumnCopy& copy) const;
};

}  // namespace heddle::attention
