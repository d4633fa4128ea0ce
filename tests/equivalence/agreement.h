#pragma once
// How far our numbers are from stored ones, said on stdout and in the test's record.

#include "attention/tensor/tensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace heddle::attention {

/// Expects |ours - theirs| / |theirs| (L2, as reference.py prints) and the largest difference, over
/// the largest magnitude but at least 1, to be within 1e-3. Views of equal shape, any strides.
inline void expect_agreement(const std::string& name,
                             const TensorView& ours,
                             const TensorView& theirs) {
  ASSERT_EQ(describe(ours), describe(theirs)) << name;
  Tensor a(DType::kF64, std::span(ours.shape.data(), static_cast<std::size_t>(ours.rank)));
  Tensor b(DType::kF64, std::span(ours.shape.data(), static_cast<std::size_t>(ours.rank)));
  copy(ours, a.view());
  copy(theirs, b.view());
  double squares = 0;
  double norm = 0;
  double most = 0;
  double scale = 1;
  for (std::int64_t i = 0; i < ours.size(); ++i) {
    const double x = a.view().as<double>()[i];
    const double y = b.view().as<double>()[i];
    squares += (x - y) * (x - y);
    norm += y * y;
    most = std::max(most, std::abs(x - y));
    scale = std::max(scale, std::abs(y));
  }
  const double relative = std::sqrt(squares / norm);
  std::printf("%-16s relative L2 %.1e, largest difference %.1e of %.1e\n",
              name.c_str(),
              relative,
              most,
              scale);
  ::testing::Test::RecordProperty(name + "_relative_l2", std::to_string(relative * 1e9) + "e-9");
  EXPECT_LT(relative, 1e-3) << name;
  EXPECT_LT(most / scale, 1e-3) << name;
}

/// The back ends that can run here, for parametrised suites.
std::vector<std::string> available_backends();

}  // namespace heddle::attention
