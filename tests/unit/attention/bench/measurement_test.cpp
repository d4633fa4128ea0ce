#include "attention/bench/measurement.h"

#include <gtest/gtest.h>

namespace heddle::attention::bench {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

TEST(Measurement, AnErrorThatIsNoNumberIsNeverRight) {
  EXPECT_TRUE((Measurement{.error = 1e-6, .tolerance = 1e-5}.right()));
  EXPECT_FALSE((Measurement{.error = 1e-4, .tolerance = 1e-5}.right()));
  EXPECT_FALSE((Measurement{.error = kNoNumber, .tolerance = 1e-5}.right()));
}

TEST(Measurement, TheWorseErrorKeepsWhatIsNoNumber) {
  EXPECT_EQ(worse(1, 2), 2);
  EXPECT_TRUE(std::isnan(worse(1, kNoNumber)));
  EXPECT_TRUE(std::isnan(worse(kNoNumber, 1)));
}

}  // namespace
}  // namespace heddle::attention::bench
