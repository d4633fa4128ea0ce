#pragma once
// What training asks of a back end beside attention: dense products whose weights come with each
// call, and the gradients of the operations of backend.h. All operands f32 with a contiguous last
// axis, channels last, unless said otherwise.
//
// Gradients of operands that flow go where a GradientTarget says; gradients of weights, gains and
// biases are always ADDED to what is there, so that a batch is several calls. Threads: const; safe
// to call concurrently with disjoint outputs. Sums run in an order that the shapes alone fix:
// threads change no bit. Errors: std::invalid_argument naming the operation and the operand.
// Nothing is written on error.

#include "attention/backend/loss_op.h"
#include "attention/backend/update_op.h"
#include "attention/tensor/tensor.h"

#include <cstdint>

namespace heddle::attention {

/// Where a gradient goes: written, or added to what is there. Empty: not wanted.
struct GradientTarget {
  TensorView view;
  bool add = false;
};

/// How a product walks over its input; linear is one tap. See LinearSpec, Conv1dSpec, Conv2dSpec.
struct ProductShape {
  int dilation = 1;    // conv1d
  int stride = 1;      // conv2d
  bool patch = false;  // a weight of three axes meets whole patches side by side, no zeros beyond
};

/// out = (out +) bias + in . weight, without activation.
///   weight (out, in)        in (rows, in)        out (rows, out)
///   weight (out, in, w)     in (length, in)      out (length, out)       w odd, zeros beyond
///   weight (out, in, size)  in (length, in)      out (length / size, out)   a patch; in contiguous
///   weight (out, in, k, k)  in (h, w, in)        out (h / stride, w / stride, out)
struct ProductArgs {
  ProductShape shape;
  TensorView weight;  // contiguous
  TensorView bias;    // (out), or empty
  TensorView in;
  TensorView out;
  bool accumulate = false;  // out += instead of out =
};

struct ProductGradientArgs {
  ProductShape shape;
  TensorView weight;
  TensorView in;
  TensorView out_gradient;
  GradientTarget in_gradient;
  TensorView weight_gradient;  // added to; contiguous; empty: not wanted
  TensorView bias_gradient;    // added to; empty: not wanted
};

/// y = op(x), row by row or element by element: gain and bias (channels) where the operation has
/// them.
struct RowGradientArgs {
  TensorView in;
  TensorView gain;
  float eps = 0;
  TensorView out_gradient;
  GradientTarget in_gradient;  // its view may be out_gradient's, not added to
  TensorView gain_gradient;    // added to; empty: not wanted
  TensorView bias_gradient;    // added to; empty: not wanted
};

/// to[:, at_to + i] = (to[:, at_to + i] +) scale * from[:, at_from + i] for i in [0, count): what
/// gradients of concat, channels, flatten, add and scale_shift are made of. Equally many rows. A
/// scale of 0 means zeros: from is not read.
struct ColumnsArgs {
  TensorView from;
  TensorView to;
  std::int64_t at_from = 0;
  std::int64_t at_to = 0;
  std::int64_t count = 0;
  float scale = 1;
  bool add = false;
};

/// y = scale * exp(min(max(x, -limit), limit)); no gradient beyond the limit.
struct ExpClampGradientArgs {
  TensorView in;
  float limit = 0;
  float scale = 1;
  TensorView out_gradient;
  GradientTarget in_gradient;
};

/// log_softmax over each of `groups` equal groups of channels.
struct LogSoftmaxGradientArgs {
  TensorView out;  // of the operation
  std::int64_t groups = 1;
  TensorView out_gradient;
  GradientTarget in_gradient;
};

/// conv1d of the one-hot rows of classes; a class beyond the weight's is a row of zeros.
struct OneHotProductArgs {
  TensorView classes;  // u8 (length)
  TensorView weight;   // (out, classes, width), width odd, contiguous
  TensorView bias;     // (out), or empty
  TensorView out;      // (length, out), contiguous
};
struct OneHotGradientArgs {
  TensorView classes;
  TensorView out_gradient;     // (length, out), contiguous
  TensorView weight_gradient;  // added to; contiguous; empty: not wanted
  TensorView bias_gradient;    // added to; empty: not wanted
};

/// The gradients of a back end, in its own folder; one that has none gives no GradientOps.
class GradientOps {
 public:
  virtual ~GradientOps() = default;

  virtual void product(const ProductArgs& args) const = 0;
  virtual void product_gradient(const ProductGradientArgs& args) const = 0;

  virtual void rms_norm_gradient(const RowGradientArgs& args) const = 0;
  virtual void layer_norm_gradient(const RowGradientArgs& args) const = 0;
  /// No gradient flows along x where |x| <= eps: y = x / eps there.
  virtual void l2_normalize_gradient(const RowGradientArgs& args) const = 0;
  virtual void gelu_gradient(const RowGradientArgs& args) const = 0;
  /// `in` may be the operation's input or its output; 0 has gradient 0.
  virtual void relu_gradient(const RowGradientArgs& args) const = 0;
  /// in (rows, 2 n), out_gradient (rows, n).
  virtual void swiglu_gradient(const RowGradientArgs& args) const = 0;

  virtual void columns(const ColumnsArgs& args) const = 0;
  virtual void exp_clamp_gradient(const ExpClampGradientArgs& args) const = 0;
  virtual void log_softmax_gradient(const LogSoftmaxGradientArgs& args) const = 0;
  virtual void one_hot_product(const OneHotProductArgs& args) const = 0;
  virtual void one_hot_product_gradient(const OneHotGradientArgs& args) const = 0;

  /// Where a device keeps an optimiser's arrays; null: nobody but the host does.
  virtual const UpdateOps* updates() const { return nullptr; }
  /// Losses there; null: nobody but the host makes them.
  virtual const LossOps* losses() const { return nullptr; }
};

}  // namespace heddle::attention
