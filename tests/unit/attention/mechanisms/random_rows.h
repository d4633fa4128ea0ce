#pragma once
// Random (heads, tokens, dim) operands and finite differences, for tests of mechanisms.

#include "attention/tensor/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace heddle::attention {

inline Tensor random_rows(std::initializer_list<std::int64_t> shape, std::mt19937_64& random) {
  Tensor made(DType::kF32, shape);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < made.view().size(); ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

inline Tensor random_gates(std::initializer_list<std::int64_t> shape,
                           float low,
                           float high,
                           std::mt19937_64& random) {
  Tensor made(DType::kF32, shape);
  std::uniform_real_distribution<float> draw(low, high);
  for (std::int64_t i = 0; i < made.view().size(); ++i) made.view().as<float>()[i] = draw(random);
  return made;
}

inline Tensor zeros_like(const Tensor& of) {
  const TensorView& view = of.view();
  return {DType::kF32, std::span(view.shape.data(), static_cast<std::size_t>(view.rank))};
}

inline void expect_near(const TensorView& got, const TensorView& wanted, double slack) {
  ASSERT_EQ(describe(got), describe(wanted));
  const Tensor a(DType::kF64, std::span(got.shape.data(), static_cast<std::size_t>(got.rank)));
  const Tensor b(DType::kF64, std::span(got.shape.data(), static_cast<std::size_t>(got.rank)));
  copy(got, a.view());
  copy(wanted, b.view());
  double worst = 0;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double x = a.view().as<double>()[i];
    const double y = b.view().as<double>()[i];
    ASSERT_NEAR(x, y, slack) << "element " << i;
    worst = std::max(worst, std::fabs(x - y));
  }
  testing::Test::RecordProperty("largest_difference", std::to_string(worst * 1e9) + "e-9");
  std::printf("largest difference %.1e\n", worst);
}

/// sum of out * weights, in double.
inline double weighted_sum(const Tensor& out, const Tensor& weights) {
  double sum = 0;
  for (std::int64_t i = 0; i < out.view().size(); ++i) {
    sum += static_cast<double>(out.view().as<float>()[i]) * weights.view().as<float>()[i];
  }
  return sum;
}

/// Central differences of `loss` at every third element of `operand`, against `gradient`.
template <class Loss>
void expect_slopes(const Loss& loss,
                   const Tensor& operand,
                   const Tensor& gradient,
                   const std::string& name) {
  constexpr float kStep = 0x1p-8f;
  for (std::int64_t i = 0; i < operand.view().size(); i += 3) {
    float& x = operand.view().as<float>()[i];
    const float before = x;
    x = before + kStep;
    const double above = loss();
    x = before - kStep;
    const double below = loss();
    x = before;
    const double slope = (above - below) / (2 * kStep);
    ASSERT_NEAR(gradient.view().as<float>()[i], slope, 3e-3 * (1 + std::fabs(slope)))
        << name << ", element " << i;
  }
}

}  // namespace heddle::attention
