#include "attention/train/adamw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace heddle::attention::train {
namespace {

struct Arrays {
  explicit Arrays(std::size_t n) : gradient(n), first(n), second(n), values(n, 1.0f) {}
  AdamArrays view() { return {gradient, first, second, values}; }
  std::vector<float> gradient, first, second, values;
};

ParameterList matrix_and_bias() {
  ParameterList list;
  list.add("w", {2, 2});
  list.add("b", {2});
  return list;
}

TEST(AdamW, ThreeStepsAreThoseOfTheEquations) {
  const ParameterList list = matrix_and_bias();
  const AdamW settings{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-6, .decay = 0.3};
  Arrays arrays(6);
  double m = 0, v = 0, x = 1;
  const double scale = 0.5, rate = 0.01;
  for (int t = 1; t <= 3; ++t) {
    const double g = 0.7 * t - 1.1;
    for (float& element : arrays.gradient) element = static_cast<float>(g);
    adamw_step(settings, list, {t, rate, scale}, arrays.view());
    m = 0.8 * m + 0.2 * scale * g;
    v = 0.9 * v + 0.1 * scale * scale * g * g;
    x -= rate *
         (m / (1 - std::pow(0.8, t)) / (std::sqrt(v / (1 - std::pow(0.9, t))) + 1e-6) + 0.3 * x);
  }
  EXPECT_NEAR(arrays.values[0], x, 1e-6);
}

TEST(AdamW, DecayShrinksMatricesAndLeavesBiases) {
  Arrays arrays(6);
  arrays.gradient[0] = arrays.gradient[5] = 1;
  adamw_step({.decay = 0.5}, matrix_and_bias(), {1, 0.1, 1}, arrays.view());
  EXPECT_FLOAT_EQ(arrays.values[3], 0.95f);
  EXPECT_FLOAT_EQ(arrays.values[4], 1.0f);
}

TEST(AdamW, ASlotDecaysFromItsFirstGradientOn) {
  Arrays arrays(6);
  adamw_step({.decay = 0.5}, matrix_and_bias(), {1, 0.1, 1}, arrays.view());
  EXPECT_EQ(arrays.values[3], 1.0f);
  arrays.gradient[0] = 1;
  adamw_step({.decay = 0.5}, matrix_and_bias(), {2, 0.1, 1}, arrays.view());
  EXPECT_FLOAT_EQ(arrays.values[3], 0.95f);
  arrays.gradient[0] = 0;
  adamw_step({.decay = 0.5}, matrix_and_bias(), {3, 0.1, 1}, arrays.view());
  EXPECT_FLOAT_EQ(arrays.values[3], 0.95f * 0.95f);
}

TEST(AdamW, RefusesArraysOfAnotherSize) {
  Arrays arrays(5);
  EXPECT_THROW(adamw_step({}, matrix_and_bias(), {}, arrays.view()), std::invalid_argument);
}

TEST(ParameterList, LaysSlotsOneBehindTheOther) {
  const ParameterList list = matrix_and_bias();
  EXPECT_EQ(list.size(), 6);
  EXPECT_EQ(list.slots()[1].begin, 4);
  EXPECT_TRUE(list.slots()[0].decays);
  EXPECT_FALSE(list.slots()[1].decays);
}

TEST(ParameterList, RefusesANameTwice) {
  ParameterList list = matrix_and_bias();
  EXPECT_THROW(list.add("w", {1}), std::invalid_argument);
}

TEST(ParameterList, TellsShapesApartByTheirFingerprint) {
  ParameterList other;
  other.add("w", {4, 1});
  other.add("b", {2});
  EXPECT_NE(other.fingerprint(), matrix_and_bias().fingerprint());
}

}  // namespace
}  // namespace heddle::attention::train
