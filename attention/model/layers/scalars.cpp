// Small operations at a model's two ends: scale_shift, exp_clamp and log_softmax.

#include "attention/model/layers/layers.h"
#include "attention/model/layers/operands.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

class ScaleShift final : public Layer {
 public:
  ScaleShift(const Backend& backend, double shift, double scale)
      : backend_(backend), shift_(static_cast<float>(shift)), scale_(static_cast<float>(scale)) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].dtype != DType::kU8) require_f32(inputs[0], 1, kMaxRank);
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  void run(const Call& call) const override {
    backend_.scale_shift(call.inputs[0], shift_, scale_, call.output);
  }

 private:
  const Backend& backend_;
  float shift_;
  float scale_;
};

class ExpClamp final : public Layer {
 public:
  ExpClamp(const Backend& backend, double limit, double scale)
      : backend_(backend), limit_(static_cast<float>(limit)), scale_(static_cast<float>(scale)) {
    if (limit_ < 0) throw std::invalid_argument("option 'limit': expected at least 0");
  }

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 1, kMaxRank);
    return with_channels(inputs[0], channels_of(inputs[0]));
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    backend_.exp_clamp(call.inputs[0], limit_, scale_, call.output);
  }

 private:
  const Backend& backend_;
  float limit_;
  float scale_;
};

class LogSoftmax final : public Layer {
 public:
  LogSoftmax(const Backend& backend, std::int64_t groups) : backend_(backend), groups_(groups) {}

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
    backend_.log_softmax(call.inputs[0], groups_, call.output);
  }

 private:
  const Backend& backend_;
  std::int64_t groups_;
};

}  // namespace

std::unique_ptr<Layer> make_scale_shift(Step& step, LayerContext& context) {
  const double shift = step.options.number("shift");
  return std::make_unique<ScaleShift>(context.backend, shift, step.options.number("scale"));
}

std::unique_ptr<Layer> make_exp_clamp(Step& step, LayerContext& context) {
  const double limit = step.options.number("limit");
  return std::make_unique<ExpClamp>(context.backend, limit, step.options.number("scale"));
}

std::unique_ptr<Layer> make_log_softmax(Step& step, LayerContext& context) {
  return std::make_unique<LogSoftmax>(context.backend,
                                      step.options.whole_or("groups", 1, 1, 1 << 16));
}

}  // namespace heddle::attention
