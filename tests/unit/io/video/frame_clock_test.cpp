#include "io/formats/ffmpeg_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace heddle::io {
namespace {

using Stamps = std::vector<std::optional<double>>;

struct Ticks {
  std::vector<double> seconds;
  std::vector<bool> gaps;
};

Ticks run(double interval, const Stamps& stamps) {
  FrameClock clock(interval);
  Ticks ticks;
  for (const auto& stamp : stamps) {
    const FrameClock::Tick tick = clock.next(stamp);
    ticks.seconds.push_back(tick.seconds);
    ticks.gaps.push_back(tick.gap);
  }
  return ticks;
}

auto near_all(const std::vector<double>& values) {
  return testing::Pointwise(testing::DoubleNear(1e-9), values);
}

TEST(FrameClock, CountsFromTheFirstStamp) {
  const Ticks ticks = run(0.1, {3.0, 3.1, 3.25});
  EXPECT_THAT(ticks.seconds, near_all({0, 0.1, 0.25}));
  EXPECT_THAT(ticks.gaps, testing::Each(false));
}

TEST(FrameClock, FillsMissingStampsWithTheInterval) {
  EXPECT_THAT(run(0.1, {{}, {}, {}}).seconds, near_all({0, 0.1, 0.2}));
  EXPECT_THAT(run(0.1, {5.0, {}, 5.2}).seconds, near_all({0, 0.1, 0.2}));
}

TEST(FrameClock, AFirstFrameWithoutStampIsOneIntervalBeforeTheSecond) {
  EXPECT_THAT(run(0.1, {{}, 7.0, 7.3}).seconds, near_all({0, 0.1, 0.4}));
}

TEST(FrameClock, KeepsGoodStampsAfterABurstOfEqualOnes) {
  EXPECT_THAT(run(0.08, {0.0, 0.0, 0.0, 0.08}).seconds, near_all({0, 0.01, 0.02, 0.08}));
}

TEST(FrameClock, GoesOnAfterTheFilesClockStartsAgainAndSaysSo) {
  const Ticks ticks = run(0.1, {0.0, 0.1, 0.2, 0.3, 0.4, 0.0, 0.1});
  EXPECT_THAT(ticks.seconds, near_all({0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}));
  EXPECT_EQ(ticks.gaps, (std::vector<bool>{false, false, false, false, false, true, false}));
}

TEST(FrameClock, SaysAGapOnlyForAJumpFarAboveTheRunningInterval) {
  const Ticks jump = run(0.04, {0.0, 0.04, 2.04, 2.08});
  EXPECT_THAT(jump.seconds, near_all({0, 0.04, 2.04, 2.08}));
  EXPECT_EQ(jump.gaps, (std::vector<bool>{false, false, true, false}));
  EXPECT_THAT(run(0.04, {0.0, 0.04, 0.40}).gaps, testing::Each(false));      // variable rate
  EXPECT_THAT(run(5.0, {0.0, 5.0, 10.0, 20.0}).gaps, testing::Each(false));  // a time lapse
}

TEST(FrameClock, StrictlyIncreasesWhateverTheStampsAre) {
  constexpr double kHuge = 1e300;
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  const Ticks ticks =
      run(0.04, {0.0, kHuge, -kHuge, kHuge, kTiny, {}, -1.0, 863999.0, 863999.0, 2 * 863999.0, {}});
  for (std::size_t i = 1; i < ticks.seconds.size(); ++i) {
    EXPECT_GT(ticks.seconds[i], ticks.seconds[i - 1]) << "at " << i;
    EXPECT_TRUE(std::isfinite(ticks.seconds[i]));
  }
}

}  // namespace
}  // namespace heddle::io
