#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/layers.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

class Rotary final : public Layer {
 public:
  Rotary(const Backend& backend, std::int64_t heads, std::int64_t dim, double theta)
      : backend_(backend), heads_(heads), dim_(dim), theta_(theta) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 2, 2);
    if (channels_of(inputs[0]) < heads_ * dim_) {
      throw std::invalid_argument("expected at least " + std::to_string(heads_ * dim_) +
                                  " channels (heads x dim), got " + describe(inputs[0]));
    }
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    const TensorView& in = call.inputs[0];
    if (in.data != call.output.data) {
      backend_.copy_columns({.from = in, .to = call.output, .count = channels_of(in)});
    }
    backend_.rotary({.x = as_heads(call.output, 0, heads_, dim_), .theta = theta_});
  }

 private:
  const Backend& backend_;
  std::int64_t heads_;
  std::int64_t dim_;
  double theta_;
};

}  // namespace

std::unique_ptr<Layer> make_rotary(Step& step, LayerContext& context) {
  const std::int64_t heads = step.options.whole("heads", 1, 1024);
  const std::int64_t dim = step.options.whole("dim", 2, 1024);
  const double theta = step.options.number("theta");
  if (dim % 2 != 0 || theta <= 1) {
    throw std::invalid_argument("expected an even dim and theta above 1, the file has " +
                                std::to_string(dim) + " and " + std::to_string(theta));
  }
  return std::make_unique<Rotary>(context.backend, heads, dim, theta);
}

}  // namespace heddle::attention
