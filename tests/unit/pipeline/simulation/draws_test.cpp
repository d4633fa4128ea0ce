#include "pipeline/simulation/draws.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

TEST(Draws, UniformNumbersAreTheSameOnEveryMachine) {
  NoiseDraws random(
      0);  // splitmix64's first outputs, e220a8397b1dcdaf and 6e789e6aa1b965f4, as shares
  EXPECT_EQ(random.uniform(), static_cast<double>(0xe220a8397b1dcdafULL >> 11) * 0x1p-53);
  EXPECT_EQ(random.uniform(), static_cast<double>(0x6e789e6aa1b965f4ULL >> 11) * 0x1p-53);
}

TEST(Draws, NormalsHaveMeanZeroAndDeviationOne) {
  NoiseDraws random(7);
  double sum = 0, squares = 0;
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.03);
  EXPECT_NEAR(squares / kCount, 1, 0.04);
}

}  // namespace
}  // namespace heddle::pipeline
