#include "attention/memory/rotary_table.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention {

RotaryTable::RotaryTable(double theta, int dim, std::int64_t block)
    : theta_(theta), dim_(dim), block_(block) {
  if (theta_ == 0) return;
  for (int i = 0; i < dim / 2; ++i) frequency_.push_back(std::pow(theta, -2.0 * i / dim));
  for (std::int64_t offset = 0; offset < block; ++offset) {
    for (const double frequency : frequency_) {
      const double angle = static_cast<double>(offset) * frequency;
      offset_.push_back({std::cos(angle), std::sin(angle)});
    }
  }
  base_.resize(frequency_.size());
}

void RotaryTable::enter_block(std::int64_t index) {
  if (index == base_index_) return;
  base_index_ = index;
  for (std::size_t i = 0; i < frequency_.size(); ++i) {
    const double angle = static_cast<double>(index * block_) * frequency_[i];
    base_[i] = {std::cos(angle), std::sin(angle)};
  }
}

template <bool kBack>
void RotaryTable::turn(std::int64_t position, const float* in, float* out) {
  if (theta_ == 0) {
    std::copy_n(in, dim_, out);
    return;
  }
  enter_block(position / block_);
  const auto half = static_cast<std::int64_t>(frequency_.size());
  const Turn* offset = offset_.data() + position % block_ * half;
  for (std::int64_t i = 0; i < half; ++i) {
    const Turn& base = base_[static_cast<std::size_t>(i)];
    const auto cosine =
        static_cast<float>(base.cosine * offset[i].cosine - base.sine * offset[i].sine);
    const auto forward =
        static_cast<float>(base.sine * offset[i].cosine + base.cosine * offset[i].sine);
    const float sine = kBack ? -forward : forward;
    const float x = in[i];
    const float y = in[half + i];
    out[i] = x * cosine - y * sine;
    out[half + i] = x * sine + y * cosine;
  }
}

void RotaryTable::rotate(std::int64_t position, const float* in, float* out) {
  turn<false>(position, in, out);
}

void RotaryTable::rotate_back(std::int64_t position, const float* in, float* out) {
  turn<true>(position, in, out);
}

}  // namespace heddle::attention
