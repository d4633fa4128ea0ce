#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

namespace heddle::attention {
namespace {

class Linear final : public ProductLayer {
 public:
  Linear(std::unique_ptr<Dense> dense, bool accumulate, const TensorView& weight)
      : ProductLayer(std::move(dense), accumulate, weight.size()),
        in_(weight.shape[1]),
        out_(weight.shape[0]) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 2, 2);
    require_channels(inputs[0], in_);
    return with_channels(inputs[0], out_);
  }

 private:
  std::int64_t in_;
  std::int64_t out_;
};

}  // namespace

std::unique_ptr<Layer> make_linear(Step& step, LayerContext& context) {
  const ProductOptions options = product_options(step, context);
  const TensorView& weight = require_rank(options.weight, context.tensor(options.weight), 2);
  return std::make_unique<Linear>(
      context.linear({.weight = weight, .bias = options.bias, .activation = options.activation}),
      options.accumulate,
      weight);
}

}  // namespace heddle::attention
