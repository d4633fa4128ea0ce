#include "attention/memory/rotary_table.h"

#include "attention/backend/backend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace heddle::attention {
namespace {

constexpr int kDim = 32;

class RotaryPosition : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    std::mt19937 random(2);
    std::normal_distribution<float> normal(0, 1);
    for (float& x : in_) x = normal(random);
    RotaryTable table(10000, kDim, 48);
    table.rotate(7, in_, out_);  // another block first
    table.rotate(GetParam(), in_, out_);
  }
  float in_[kDim];
  float out_[kDim];
};

TEST_P(RotaryPosition, TurnsEachPairByItsAngle) {
  for (int i = 0; i < kDim / 2; ++i) {
    const double angle = static_cast<double>(GetParam()) * std::pow(10000.0, -2.0 * i / kDim);
    const double x = in_[i];
    const double y = in_[kDim / 2 + i];
    EXPECT_NEAR(out_[i], x * std::cos(angle) - y * std::sin(angle), 2e-6);
    EXPECT_NEAR(out_[kDim / 2 + i], x * std::sin(angle) + y * std::cos(angle), 2e-6);
  }
}

TEST_P(RotaryPosition, AgreesWithTheBackEndsOperation) {
  float turned[kDim];
  std::copy_n(in_, kDim, turned);
  backend("reference").rotary({.x = view_of(turned, {1, 1, kDim}), .first_position = GetParam()});
  for (int i = 0; i < kDim; ++i) EXPECT_NEAR(out_[i], turned[i], 2e-6);
}

INSTANTIATE_TEST_SUITE_P(Positions,
                         RotaryPosition,
                         testing::Values(0, 1, 47, 48, 1000, 12345678, 1'000'000'007));

TEST(RotaryTable, ThetaZeroCopies) {
  RotaryTable table(0, 3, 16);
  const float in[3] = {1, 2, 3};
  float out[3] = {};
  table.rotate(99, in, out);
  EXPECT_EQ(out[2], 3);
}

}  // namespace
}  // namespace heddle::attention
