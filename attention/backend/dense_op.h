#pragma once
// Dense products with constant weights: prepacked once, then run on any number of rows or pixels
// from any thread. A linear layer runs in fixed row tiles of kRowTile rows, zero-padded, so that a
// row's bits never depend on its neighbours.
// Errors: std::invalid_argument, when made for weights and when run for operands that do not fit.

#include "attention/tensor/tensor.h"

#include <memory>

namespace heddle::attention {

inline constexpr int kRowTile = 64;

enum class Activation : std::uint8_t { kNone, kRelu, kGelu };

/// Channels-last throughout: a sequence is (length, channels), an image (height, width, channels),
/// all f32 contiguous rows.
struct LinearSpec {
  TensorView weight;  // (out, in), any float dtype
  TensorView bias;    // (out), or empty
  Activation activation = Activation::kNone;
};
struct Conv1dSpec {
  TensorView weight;  // (out, in, width), width odd; same padding with zeros
  TensorView bias;
  int dilation = 1;
  Activation activation = Activation::kNone;
};
struct Conv2dSpec {
  TensorView weight;  // (out, in, k, k), k odd; zero padding of k / 2
  TensorView bias;
  int stride = 1;
  Activation activation = Activation::kNone;
};

/// A packed product. `run` is const and thread-safe with a scratch of its own for each call.
class Dense {
 public:
  virtual ~Dense() = default;
  /// Bytes of scratch that run() needs for this input shape (0 where none).
  virtual std::size_t scratch_bytes(const TensorView& in) const = 0;
  /// in (rows, in) / (length, in) / (h, w, in) -> out (rows, out) / (length, out) / (h / stride, w
  /// / stride, out). `accumulate`: out += product instead of out = product (before the activation,
  /// which must then be kNone).
  virtual void run(const TensorView& in,
                   const TensorView& out,
                   TensorView scratch,
                   bool accumulate) const = 0;
};

}  // namespace heddle::attention
