#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

namespace heddle::attention {
namespace {

class Conv1d final : public ProductLayer {
 public:
  Conv1d(std::unique_ptr<Dense> dense, bool accumulate, const TensorView& weight)
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

std::unique_ptr<Layer> make_conv1d(Step& step, LayerContext& context) {
  const ProductOptions options = product_options(step, context);
  const TensorView& weight = require_rank(options.weight, context.tensor(options.weight), 3);
  const auto dilation = static_cast<int>(step.options.whole_or("dilation", 1, 1, 1 << 16));
  return std::make_unique<Conv1d>(context.conv1d({.weight = weight,
                                                  .bias = options.bias,
                                                  .dilation = dilation,
                                                  .activation = options.activation}),
                                  options.accumulate,
                                  weight);
}

}  // namespace heddle::attention
