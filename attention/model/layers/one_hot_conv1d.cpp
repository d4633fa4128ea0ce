#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::attention {
namespace {

/// A sum of rows of the weight, one a tap: no product is computed and no one-hot row is made.
class OneHotConv1d final : public Layer {
 public:
  OneHotConv1d(const Backend& backend, const TensorView& weight, const TensorView& bias)
      : backend_(backend),
        out_(weight.shape[0]),
        rows_(backend.constant(as_f32(weight.permute({2, 1, 0})))),  // (width, classes, out)
        bias_(backend.constant(bias.empty() ? Tensor(DType::kF32, {out_}) : as_f32(bias))) {
    if (weight.shape[2] % 2 == 0) {
      throw std::invalid_argument("expected an odd width, the file has " + describe(weight));
    }
    require_channels(bias_.view(), out_);
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].dtype != DType::kU8 || inputs[0].rank != 1) {
      throw std::invalid_argument("expected u8 (length), got " + describe(inputs[0]));
    }
    return shape_of(DType::kF32, {inputs[0].shape[0], out_});
  }

  void run(const Call& call) const override {
    backend_.one_hot_conv1d({.classes = call.inputs[0],
                             .rows = rows_.view(),
                             .bias = bias_.view(),
                             .out = call.output});
  }

 private:
  const Backend& backend_;
  std::int64_t out_;
  Constant rows_;
  Constant bias_;
};

}  // namespace

std::unique_ptr<Layer> make_one_hot_conv1d(Step& step, LayerContext& context) {
  const std::string name = step.options.text("weights");
  const TensorView& weight = require_rank(name + ".weight", context.tensor(name + ".weight"), 3);
  TensorView bias;
  if (step.options.flag_or("bias", true)) bias = context.tensor(name + ".bias");
  return std::make_unique<OneHotConv1d>(context.backend, weight, bias);
}

}  // namespace heddle::attention
