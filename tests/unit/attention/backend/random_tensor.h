#pragma once
// Tensors of reproducible noise, and how far two lie apart, for the tests of this room.

#include "attention/tensor/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <random>

namespace heddle::attention {

/// f32, uniform in [-scale, scale).
inline Tensor random_tensor(std::initializer_list<std::int64_t> shape,
                            unsigned seed,
                            float scale = 1) {
  Tensor tensor(DType::kF32, shape);
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  auto* data = tensor.view().as<float>();
  for (std::int64_t i = 0; i < tensor.view().size(); ++i) data[i] = uniform(generator);
  return tensor;
}

/// max |a - b| over views of one shape; infinity where exactly one is NaN.
inline double max_difference(const TensorView& a, const TensorView& b) {
  if (a.rank == 0) {
    const double x = *a.as<float>();
    const double y = *b.as<float>();
    if (std::isnan(x) || std::isnan(y)) {
      return std::isnan(x) && std::isnan(y) ? 0 : std::numeric_limits<double>::infinity();
    }
    return std::abs(x - y);
  }
  double worst = 0;
  for (std::int64_t i = 0; i < a.shape[0]; ++i) {
    worst = std::max(worst, max_difference(a.at(0, i), b.at(0, i)));
  }
  return worst;
}

/// Have the two contiguous views the same bits?
inline bool same_bits(const TensorView& a, const TensorView& b) {
  const auto bytes = static_cast<std::size_t>(a.size()) * size_of(a.dtype);
  return a.size() == b.size() && std::memcmp(a.data, b.data, bytes) == 0;
}

}  // namespace heddle::attention
