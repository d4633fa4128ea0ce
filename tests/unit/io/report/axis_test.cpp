#include "io/report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace heddle::io::report {
namespace {

TEST(ReportAxis, TicksAreRoundNumbersWithinTheRange) {
  EXPECT_THAT(ticks(0, 4641652, 5), testing::ElementsAre(0, 1e6, 2e6, 3e6, 4e6));
  EXPECT_THAT(ticks(0.13, 0.52, 4),
              testing::ElementsAre(testing::DoubleNear(0.2, 1e-9),
                                   testing::DoubleNear(0.3, 1e-9),
                                   testing::DoubleNear(0.4, 1e-9),
                                   testing::DoubleNear(0.5, 1e-9)));
}

TEST(ReportAxis, AnEmptyOrEndlessRangeHasFewTicks) {
  EXPECT_LE(ticks(7, 7, 8).size(), 1u);
  EXPECT_LE(ticks(0, std::numeric_limits<double>::infinity(), 8).size(), 1001u);
}

TEST(ReportAxis, AScaleMayRunDownwards) {
  const Scale scale{0, 10, 200, 100};
  EXPECT_DOUBLE_EQ(scale(0), 200);
  EXPECT_DOUBLE_EQ(scale(5), 150);
  EXPECT_DOUBLE_EQ((Scale{3, 3, 20, 100}(3)), 20);
}

TEST(ReportAxis, PositionsShareTheUnitOfTheLongest) {
  EXPECT_EQ(bases_text(500000, 4641652), "0.5 Mb");
  EXPECT_EQ(bases_text(1500, 9000), "1.5 kb");
  EXPECT_EQ(bases_text(120, 900), "120 b");
}

TEST(ReportAxis, LabelsHaveTheDecimalsOfTheirStep) {
  EXPECT_EQ(value_text(0.3, 0.1), "0.3");
  EXPECT_EQ(value_text(20000, 5000), "20,000");
  EXPECT_EQ(value_text(1.25, 0.05), "1.25");
}

}  // namespace
}  // namespace heddle::io::report
