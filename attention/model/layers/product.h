#pragma once
// What all products share: a packed Dense, accumulation and scratch.
// Threads: used while loading, by one thread.

#include "attention/model/layers/operands.h"

namespace heddle::attention {

/// The options every product takes.
struct ProductOptions {
  std::string weight;  // the tensor's name
  TensorView bias;     // empty where the step says "bias": false
  Activation activation = Activation::kNone;
  bool accumulate = false;
};
ProductOptions product_options(Step& step, LayerContext& context);

class ProductLayer : public Layer {
 public:
  /// `weights`: elements of the weight, each of which meets every output row once.
  ProductLayer(std::unique_ptr<Dense> dense, bool accumulate, std::int64_t weights)
      : dense_(std::move(dense)), accumulate_(accumulate), weights_(weights) {}

  bool accumulates() const override { return accumulate_; }
  std::size_t scratch_bytes(std::span<const TensorView> inputs) const override {
    return dense_->scratch_bytes(dense_input(inputs[0]));
  }
  double multiply_adds(const Call& call) const override {
    const TensorView out = dense_output(call.output);
    const std::int64_t rows = out.size() / channels_of(out);
    return static_cast<double>(rows) * static_cast<double>(weights_);
  }
  void run(const Call& call) const override {
    dense_->run(dense_input(call.inputs[0]), dense_output(call.output), call.scratch, accumulate_);
  }

 protected:
  /// The registers as the product sees them: patches are longer rows of the same elements.
  virtual TensorView dense_input(const TensorView& in) const { return in; }
  virtual TensorView dense_output(const TensorView& out) const { return out; }

 private:
  std::unique_ptr<Dense> dense_;
  bool accumulate_;
  std::int64_t weights_;
};

/// Throws unless a weight has `rank` axes; gives it back.
const TensorView& require_rank(const std::string& name, const TensorView& weight, int rank);
/// Throws unless `in` has `channels` channels.
void require_channels(const Shape& in, std::int64_t channels);

}  // namespace heddle::attention
