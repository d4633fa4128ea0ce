// Operations that move values without computing: one_hot, concat, channels and flatten.

#include "attention/model/layers/layers.h"
#include "attention/model/layers/operands.h"

#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

class OneHot final : public Layer {
 public:
  OneHot(const Backend& backend, std::int64_t classes) : backend_(backend), classes_(classes) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].dtype != DType::kU8 || inputs[0].rank != 1) {
      throw std::invalid_argument("expected u8 (length), got " + describe(inputs[0]));
    }
    return shape_of(DType::kF32, {inputs[0].shape[0], classes_});
  }
  void run(const Call& call) const override { backend_.one_hot(call.inputs[0], call.output); }

 private:
  const Backend& backend_;
  std::int64_t classes_;
};

class Concat final : public Layer {
 public:
  explicit Concat(const Backend& backend) : backend_(backend) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    std::int64_t channels = 0;
    for (const Shape& in : inputs) {
      require_f32(in, 2, kMaxRank);
      const Shape widened = with_channels(in, channels_of(inputs[0]));
      if (in.rank != inputs[0].rank || widened.shape != inputs[0].shape) {
        throw std::invalid_argument("expected equal shapes but for the channels, got " +
                                    describe(inputs[0]) + " and " + describe(in));
      }
      channels += channels_of(in);
    }
    return with_channels(inputs[0], channels);
  }
  void run(const Call& call) const override {
    std::int64_t at = 0;
    for (const TensorView& in : call.inputs) {
      backend_.copy_columns({.from = in, .to = call.output, .at_to = at, .count = channels_of(in)});
      at += channels_of(in);
    }
  }

 private:
  const Backend& backend_;
};

class Channels final : public Layer {
 public:
  Channels(const Backend& backend, std::int64_t first, std::int64_t count)
      : backend_(backend), first_(first), count_(count) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 2, kMaxRank);
    if (first_ + count_ > channels_of(inputs[0])) {
      throw std::invalid_argument("expected at least " + std::to_string(first_ + count_) +
                                  " channels, got " + describe(inputs[0]));
    }
    return with_channels(inputs[0], count_);
  }
  void run(const Call& call) const override {
    backend_.copy_columns(
        {.from = call.inputs[0], .to = call.output, .at_from = first_, .count = count_});
  }

 private:
  const Backend& backend_;
  std::int64_t first_;
  std::int64_t count_;
};

class Flatten final : public Layer {
 public:
  Flatten(const Backend& backend, bool drop_channels)
      : backend_(backend), drop_channels_(drop_channels) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    const Shape& in = inputs[0];
    require_f32(in, 3, 3);
    if (!drop_channels_) return shape_of(DType::kF32, {in.shape[0] * in.shape[1], in.shape[2]});
    if (in.shape[2] != 1) throw std::invalid_argument("expected 1 channel, got " + describe(in));
    return shape_of(DType::kF32, {in.shape[0], in.shape[1]});
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    const TensorView& in = call.inputs[0];
    if (in.data == call.output.data) return;
    TensorView to = in;
    to.data = call.output.data;
    backend_.copy_columns({.from = in, .to = to, .count = channels_of(in)});
  }

 private:
  const Backend& backend_;
  bool drop_channels_;
};

}  // namespace

std::unique_ptr<Layer> make_one_hot(Step& step, LayerContext& context) {
  return std::make_unique<OneHot>(context.backend, step.options.whole("classes", 1, 256));
}

std::unique_ptr<Layer> make_concat(Step& /*step*/, LayerContext& context) {
  return std::make_unique<Concat>(context.backend);
}

std::unique_ptr<Layer> make_channels(Step& step, LayerContext& context) {
  const std::int64_t first = step.options.whole("first", 0, 1 << 16);
  return std::make_unique<Channels>(
      context.backend, first, step.options.whole("count", 1, 1 << 16));
}

std::unique_ptr<Layer> make_flatten(Step& step, LayerContext& context) {
  const std::string drop = step.options.text_or("drop", "rows");
  if (drop != "rows" && drop != "channels") {
    throw std::invalid_argument("option 'drop': expected rows or channels, the file has '" + drop +
                                "'");
  }
  return std::make_unique<Flatten>(context.backend, drop == "channels");
}

}  // namespace heddle::attention
