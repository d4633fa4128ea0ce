// Operations that move values without computing: one_hot, concat, channels and flatten. Registers
// are contiguous.

#include "attention/model/layers/layers.h"
#include "attention/model/layers/operands.h"

#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

class OneHot final : public Layer {
 public:
  explicit OneHot(std::int64_t classes) : classes_(classes) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].dtype != DType::kU8 || inputs[0].rank != 1) {
      throw std::invalid_argument("expected u8 (length), got " + describe(inputs[0]));
    }
    return shape_of(DType::kF32, {inputs[0].shape[0], classes_});
  }
  void run(const Call& call) const override {
    const auto* from = call.inputs[0].as<std::uint8_t>();
    auto* to = call.output.as<float>();
    std::memset(to, 0, static_cast<std::size_t>(call.output.size()) * sizeof(float));
    for (std::int64_t i = 0; i < call.inputs[0].shape[0]; ++i) {
      if (from[i] < classes_) to[i * classes_ + from[i]] = 1;
    }
  }

 private:
  std::int64_t classes_;
};

void copy_columns(const TensorView& from,
                  const TensorView& to,
                  std::int64_t at_from,
                  std::int64_t at_to,
                  std::int64_t count) {
  const std::int64_t rows = from.size() / channels_of(from);
  const auto* source = from.as<float>() + at_from;
  auto* target = to.as<float>() + at_to;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::memcpy(target + r * channels_of(to),
                source + r * channels_of(from),
                static_cast<std::size_t>(count) * sizeof(float));
  }
}

class Concat final : public Layer {
 public:
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
      copy_columns(in, call.output, 0, at, channels_of(in));
      at += channels_of(in);
    }
  }
};

class Channels final : public Layer {
 public:
  Channels(std::int64_t first, std::int64_t count) : first_(first), count_(count) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    require_f32(inputs[0], 2, kMaxRank);
    if (first_ + count_ > channels_of(inputs[0])) {
      throw std::invalid_argument("expected at least " + std::to_string(first_ + count_) +
                                  " channels, got " + describe(inputs[0]));
    }
    return with_channels(inputs[0], count_);
  }
  void run(const Call& call) const override {
    copy_columns(call.inputs[0], call.output, first_, 0, count_);
  }

 private:
  std::int64_t first_;
  std::int64_t count_;
};

class Flatten final : public Layer {
 public:
  explicit Flatten(bool drop_channels) : drop_channels_(drop_channels) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    const Shape& in = inputs[0];
    require_f32(in, 3, 3);
    if (!drop_channels_) return shape_of(DType::kF32, {in.shape[0] * in.shape[1], in.shape[2]});
    if (in.shape[2] != 1) throw std::invalid_argument("expected 1 channel, got " + describe(in));
    return shape_of(DType::kF32, {in.shape[0], in.shape[1]});
  }
  bool in_place() const override { return true; }
  void run(const Call& call) const override {
    if (call.inputs[0].data == call.output.data) return;
    std::memcpy(call.output.data,
                call.inputs[0].data,
                static_cast<std::size_t>(call.output.size()) * sizeof(float));
  }

 private:
  bool drop_channels_;
};

}  // namespace

std::unique_ptr<Layer> make_one_hot(Step& step, LayerContext&) {
  return std::make_unique<OneHot>(step.options.whole("classes", 1, 256));
}

std::unique_ptr<Layer> make_concat(Step&, LayerContext&) { return std::make_unique<Concat>(); }

std::unique_ptr<Layer> make_channels(Step& step, LayerContext&) {
  const std::int64_t first = step.options.whole("first", 0, 1 << 16);
  return std::make_unique<Channels>(first, step.options.whole("count", 1, 1 << 16));
}

std::unique_ptr<Layer> make_flatten(Step& step, LayerContext&) {
  const std::string drop = step.options.text_or("drop", "rows");
  if (drop != "rows" && drop != "channels") {
    throw std::invalid_argument("option 'drop': expected rows or channels, the file has '" + drop +
                                "'");
  }
  return std::make_unique<Flatten>(drop == "channels");
}

}  // namespace heddle::attention
