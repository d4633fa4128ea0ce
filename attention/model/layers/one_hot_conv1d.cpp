#include "attention/model/layers/layers.h"
#include "attention/model/layers/product.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::attention {
namespace {

/// A convolution of one-hot rows is a sum of rows of the weight, one a tap: out[p] = bias + sum
/// over taps of weight[tap][in[p + tap - width / 2]]. No product is computed and no one-hot row is
/// made.
class OneHotConv1d final : public Layer {
 public:
  OneHotConv1d(const TensorView& weight, const TensorView& bias)
      : out_(weight.shape[0]),
        classes_(weight.shape[1]),
        width_(weight.shape[2]),
        rows_(as_f32(weight.permute({2, 1, 0}))),  // (width, classes, out)
        bias_(DType::kF32, {out_}) {
    if (width_ % 2 == 0) {
      throw std::invalid_argument("expected an odd width, the file has " + describe(weight));
    }
    if (!bias.empty()) copy(bias, bias_.view());
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].dtype != DType::kU8 || inputs[0].rank != 1) {
      throw std::invalid_argument("expected u8 (length), got " + describe(inputs[0]));
    }
    return shape_of(DType::kF32, {inputs[0].shape[0], out_});
  }

  void run(const Call& call) const override {
    const std::int64_t length = call.inputs[0].shape[0];
    const auto* classes = call.inputs[0].as<std::uint8_t>();
    for (std::int64_t p = 0; p < length; ++p) {
      float* to = call.output.as<float>() + p * out_;
      std::copy_n(bias_.view().as<float>(), out_, to);
      for (std::int64_t tap = 0; tap < width_; ++tap) {
        const std::int64_t at = p + tap - width_ / 2;
        if (at < 0 || at >= length || classes[at] >= classes_) continue;
        add_row(rows_.view().as<float>() + (tap * classes_ + classes[at]) * out_, to);
      }
    }
  }

 private:
  void add_row(const float* row, float* to) const {
    for (std::int64_t c = 0; c < out_; ++c) to[c] += row[c];
  }

  std::int64_t out_;
  std::int64_t classes_;
  std::int64_t width_;
  Tensor rows_;
  Tensor bias_;
};

}  // namespace

std::unique_ptr<Layer> make_one_hot_conv1d(Step& step, LayerContext& context) {
  const std::string name = step.options.text("weights");
  const TensorView& weight = require_rank(name + ".weight", context.tensor(name + ".weight"), 3);
  TensorView bias;
  if (step.options.flag_or("bias", true)) bias = context.tensor(name + ".bias");
  return std::make_unique<OneHotConv1d>(weight, bias);
}

}  // namespace heddle::attention
