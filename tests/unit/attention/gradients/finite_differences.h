#pragma once
// Gradients by central differences of a definition in double: the judge of the judges.

#include "attention/tensor/tensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace heddle::attention {

using Values = std::vector<double>;

/// The elements of an f32 view, row by row.
inline Values values_of(const TensorView& view) {
  Tensor flat(DType::kF64, std::span(view.shape.data(), static_cast<std::size_t>(view.rank)));
  copy(view, flat.view());
  const auto* data = flat.view().as<double>();
  return {data, data + view.size()};
}

/// Expects gradient[i] = d loss / d x[i] for every i, within `tolerance` of the largest gradient
/// (at least 1). A step of 1e-5 leaves about 1e-9 of third derivatives and rounding.
inline void expect_gradient(const std::string& of,
                            const std::function<double(const Values&)>& loss,
                            const TensorView& x,
                            const TensorView& gradient,
                            double tolerance = 2e-6) {
  constexpr double kStep = 1e-5;
  Values at = values_of(x);
  const Values claimed = values_of(gradient);
  ASSERT_EQ(at.size(), claimed.size()) << of;
  double scale = 1;
  for (const double one : claimed) scale = std::max(scale, std::abs(one));
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double middle = at[i];
    at[i] = middle + kStep;
    const double above = loss(at);
    at[i] = middle - kStep;
    const double below = loss(at);
    at[i] = middle;
    EXPECT_NEAR(claimed[i], (above - below) / (2 * kStep), tolerance * scale)
        << of << ", element " << i;
  }
}

}  // namespace heddle::attention
