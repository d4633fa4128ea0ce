#include "attention/train/schedule.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::attention::train {
namespace {

constexpr Schedule kSchedule{.peak = 2, .warm_up = 4, .steps = 105, .final_share = 0.25};

TEST(Schedule, RisesInAStraightLineToThePeak) {
  EXPECT_DOUBLE_EQ(learning_rate(kSchedule, 0), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(kSchedule, 3), 2);
  EXPECT_DOUBLE_EQ(learning_rate(kSchedule, 4), 2);
}

TEST(Schedule, FallsAsHalfACosineToItsShare) {
  EXPECT_NEAR(learning_rate(kSchedule, 54), 2 * (0.25 + 0.75 * 0.5), 1e-12) << "half way";
  EXPECT_NEAR(learning_rate(kSchedule, 104), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate(kSchedule, 5000), 0.5, 1e-12) << "behind the end";
}

TEST(Schedule, OfOneStepIsThePeak) {
  EXPECT_DOUBLE_EQ(learning_rate({.peak = 3, .warm_up = 0, .steps = 1}, 0), 3);
}

TEST(Schedule, AWarmUpLongerThanTheRunIsRefused) {
  EXPECT_THROW(learning_rate({.peak = 1, .warm_up = 11, .steps = 10}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::train
