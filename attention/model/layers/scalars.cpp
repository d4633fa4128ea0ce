// Small operations at a model's two ends, plain loops: scale_shift, exp_clamp and log_softmax.
// Registers are contiguous.

#include "attention/model/layers/layers.h"
#include "attention/model/layers/operands.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

class ScaleShift final : public Layer {
 public:
  ScaleShift(double shift, double scale)
      : shift_(static_cast<float>(shift)), scale_(static_cast<float>(scale)) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].dtype != DType::kU8) require_f32(inputs[0], 1, kMaxRank);
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  void run(const Call& call) const override {
    if (call.inputs[0].dtype == DType::kU8) {
      apply(call.inputs[0].as<std::uint8_t>(), call.output);
    } else {
      apply(call.inputs[0].as<float>(), call.output);
    }
  }

 private:
  template <class T>
  void apply(const T* from, const TensorView& output) const {
    auto* to = output.as<float>();
    for (std::int64_t i = 0; i < output.size(); ++i) {
      to[i] = (static_cast<float>(from[i]) + shift_) * scale_;
    }
  }

  float shift_;
  float scale_;
};

class ExpClamp final : public Layer {
 public:
  ExpClamp(double limit, double scale)
      : limit_(static_cast<float>(limit)), scale_(static_cast<float>(scale)) {
    if (limit_ < 0) throw std::invalid_argument("option 'limit': expected at least 0");
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 1, kMaxRank);
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    const auto* from = call.inputs[0].as<float>();
    auto* to = call.output.as<float>();
    for (std::int64_t i = 0; i < call.output.size(); ++i) {
      to[i] = scale_ * std::exp(std::clamp(from[i], -limit_, limit_));
    }
  }

 private:
  float limit_;
  float scale_;
};

/// x - max - log(sum(exp(x - max))), summed in double.
class LogSoftmax final : public Layer {
 public:
  explicit LogSoftmax(std::int64_t groups) : groups_(groups) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 1, kMaxRank);
    if (channels_of(inputs[0]) % groups_ != 0) {
      throw std::invalid_argument(std::to_string(groups_) +
                                  " groups do not divide the channels of " + describe(inputs[0]));
    }
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    const std::int64_t width = channels_of(call.output) / groups_;
    const auto* from = call.inputs[0].as<float>();
    auto* to = call.output.as<float>();
    for (std::int64_t at = 0; at < call.output.size(); at += width) {
      const float most = *std::max_element(from + at, from + at + width);
      double sum = 0;
      for (std::int64_t i = at; i < at + width; ++i) sum += std::exp(double{from[i]} - most);
      const double log_sum = most + std::log(sum);
      for (std::int64_t i = at; i < at + width; ++i) to[i] = static_cast<float>(from[i] - log_sum);
    }
  }

 private:
  std::int64_t groups_;
};

}  // namespace

std::unique_ptr<Layer> make_scale_shift(Step& step, LayerContext&) {
  const double shift = step.options.number("shift");
  return std::make_unique<ScaleShift>(shift, step.options.number("scale"));
}

std::unique_ptr<Layer> make_exp_clamp(Step& step, LayerContext&) {
  const double limit = step.options.number("limit");
  return std::make_unique<ExpClamp>(limit, step.options.number("scale"));
}

std::unique_ptr<Layer> make_log_softmax(Step& step, LayerContext&) {
  return std::make_unique<LogSoftmax>(step.options.whole_or("groups", 1, 1, 1 << 16));
}

}  // namespace heddle::attention
