#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

class Conv2d final : public ProductLayer {
 public:
  Conv2d(std::unique_ptr<Dense> dense, bool accumulate, const TensorView& weight, int stride)
      : ProductLayer(std::move(dense), accumulate, weight.size()),
        in_(weight.shape[1]),
        out_(weight.shape[0]),
        stride_(stride) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    const Shape& in = inputs[0];
    require_f32(in, 3, 3);
    require_channels(in, in_);
    if (in.shape[0] % stride_ != 0 || in.shape[1] % stride_ != 0) {
      throw std::invalid_argument("expected height and width divisible by " +
                                  std::to_string(stride_) + ", got " + describe(in));
    }
    return shape_of(DType::kF32, {in.shape[0] / stride_, in.shape[1] / stride_, out_});
  }

 private:
  std::int64_t in_;
  std::int64_t out_;
  std::int64_t stride_;
};

}  // namespace

std::unique_ptr<Layer> make_conv2d(Step& step, LayerContext& context) {
  const ProductOptions options = product_options(step, context);
  const TensorView& weight = require_rank(options.weight, context.tensor(options.weight), 4);
  const auto stride = static_cast<int>(step.options.whole_or("stride", 1, 1, 64));
  return std::make_unique<Conv2d>(context.conv2d({.weight = weight,
                                                  .bias = options.bias,
                                                  .stride = stride,
                                                  .activation = options.activation}),
                                  options.accumulate,
                                  weight,
                                  stride);
}

}  // namespace heddle::attention
