#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

/// Rows (length, in) seen as (length / size, size * in): a product over whole patches.
class Patch final : public ProductLayer {
 public:
  Patch(std::unique_ptr<Dense> dense, bool accumulate, const TensorView& weight)
      : ProductLayer(std::move(dense), accumulate, weight.size()),
        in_(weight.shape[1]),
        out_(weight.shape[0]),
        size_(weight.shape[2]) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    const Shape& in = inputs[0];
    require_f32(in, 2, 2);
    require_channels(in, in_);
    if (in.shape[0] % size_ != 0) {
      throw std::invalid_argument("expected a length divisible by " + std::to_string(size_) +
                                  ", got " + describe(in));
    }
    return shape_of(DType::kF32, {in.shape[0] / size_, out_});
  }

 protected:
  TensorView dense_input(const TensorView& in) const override {
    return in.reshape({in.shape[0] / size_, size_ * in_});
  }

 private:
  std::int64_t in_;
  std::int64_t out_;
  std::int64_t size_;
};

/// Rows (tokens, size * out) seen as (tokens * size, out).
class Unpatch final : public ProductLayer {
 public:
  Unpatch(std::unique_ptr<Dense> dense,
          bool accumulate,
          const TensorView& weight,
          std::int64_t size)
      : ProductLayer(std::move(dense), accumulate, weight.size()),
        in_(weight.shape[1]),
        out_(weight.shape[0] / size),
        size_(size) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 2, 2);
    require_channels(inputs[0], in_);
    return shape_of(DType::kF32, {inputs[0].shape[0] * size_, out_});
  }

 protected:
  TensorView dense_output(const TensorView& out) const override {
    return out.reshape({out.shape[0] / size_, size_ * out_});
  }

 private:
  std::int64_t in_;
  std::int64_t out_;
  std::int64_t size_;
};

}  // namespace

std::unique_ptr<Layer> make_patch(Step& step, LayerContext& context) {
  const ProductOptions options = product_options(step, context);
  const TensorView& weight = require_rank(options.weight, context.tensor(options.weight), 3);
  // A patch's elements lie row by row, channels within: turn (out, in, size) to match.
  const Tensor turned = as_f32(weight.permute({0, 2, 1}));
  return std::make_unique<Patch>(
      context.linear(
          {.weight = turned.view().reshape({weight.shape[0], weight.shape[1] * weight.shape[2]}),
           .bias = options.bias,
           .activation = options.activation}),
      options.accumulate,
      weight);
}

std::unique_ptr<Layer> make_unpatch(Step& step, LayerContext& context) {
  const ProductOptions options = product_options(step, context);
  const TensorView& weight = require_rank(options.weight, context.tensor(options.weight), 2);
  const std::int64_t size = step.options.whole("size", 1, 1 << 16);
  if (weight.shape[0] % size != 0) {
    throw std::invalid_argument("size " + std::to_string(size) + " does not divide the rows of " +
                                describe(weight));
  }
  return std::make_unique<Unpatch>(
      context.linear({.weight = weight, .bias = options.bias, .activation = options.activation}),
      options.accumulate,
      weight,
      size);
}

}  // namespace heddle::attention
