#include "attention/backend/edge_op.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace heddle::attention {
namespace {

std::int64_t channels_of(const TensorView& view) { return view.shape[view.rank - 1]; }

template <class T>
void scale_shift_all(const T* from, float shift, float scale, const TensorView& out) {
  auto* to = out.as<float>();
  for (std::int64_t i = 0; i < out.size(); ++i)
    to[i] = (static_cast<float>(from[i]) + shift) * scale;
}

}  // namespace

void EdgeOps::scale_shift(const TensorView& in,
                          float shift,
                          float scale,
                          const TensorView& out) const {
  if (in.dtype == DType::kU8) {
    scale_shift_all(in.as<std::uint8_t>(), shift, scale, out);
  } else {
    scale_shift_all(in.as<float>(), shift, scale, out);
  }
}

void EdgeOps::exp_clamp(const TensorView& in,
                        float limit,
                        float scale,
                        const TensorView& out) const {
  const auto* from = in.as<float>();
  auto* to = out.as<float>();
  for (std::int64_t i = 0; i < out.size(); ++i) {
    to[i] = scale * std::exp(std::clamp(from[i], -limit, limit));
  }
}

void EdgeOps::log_softmax(const TensorView& in, std::int64_t groups, const TensorView& out) const {
  const std::int64_t width = channels_of(out) / groups;
  const auto* from = in.as<float>();
  auto* to = out.as<float>();
  for (std::int64_t at = 0; at < out.size(); at += width) {
    const float most = *std::max_element(from + at, from + at + width);
    double sum = 0;
    for (std::int64_t i = at; i < at + width; ++i) sum += std::exp(double{from[i]} - most);
    const double log_sum = most + std::log(sum);
    for (std::int64_t i = at; i < at + width; ++i) to[i] = static_cast<float>(from[i] - log_sum);
  }
}

void EdgeOps::one_hot(const TensorView& in, const TensorView& out) const {
  const std::int64_t classes = channels_of(out);
  const auto* from = in.as<std::uint8_t>();
  auto* to = out.as<float>();
  std::memset(to, 0, static_cast<std::size_t>(out.size()) * sizeof(float));
  for (std::int64_t i = 0; i < in.shape[0]; ++i) {
    if (from[i] < classes) to[i * classes + from[i]] = 1;
  }
}

void EdgeOps::one_hot_conv1d(const OneHotConv1dArgs& args) const {
  const std::int64_t length = args.classes.shape[0];
  const std::int64_t width = args.rows.shape[0];
  const std::int64_t known = args.rows.shape[1];
  const std::int64_t channels = args.rows.shape[2];
  const auto* classes = args.classes.as<std::uint8_t>();
  const auto* rows = args.rows.as<float>();
  for (std::int64_t p = 0; p < length; ++p) {
    float* to = args.out.as<float>() + p * channels;
    std::copy_n(args.bias.as<float>(), channels, to);
    for (std::int64_t tap = 0; tap < width; ++tap) {
      const std::int64_t at = p + tap - width / 2;
      if (at < 0 || at >= length || classes[at] >= known) continue;
      const float* row = rows + (tap * known + classes[at]) * channels;
      for (std::int64_t c = 0; c < channels; ++c) to[c] += row[c];
    }
  }
}

void EdgeOps::copy_columns(const ColumnCopy& copy) const {
  const std::int64_t from_channels = channels_of(copy.from);
  const std::int64_t to_channels = channels_of(copy.to);
  const std::int64_t rows = from_channels == 0 ? 0 : copy.from.size() / from_channels;
  const auto* source = copy.from.as<float>() + copy.at_from;
  auto* target = copy.to.as<float>() + copy.at_to;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::memcpy(target + r * to_channels,
                source + r * from_channels,
                static_cast<std::size_t>(copy.count) * sizeof(float));
  }
}

}  // namespace heddle::attention
