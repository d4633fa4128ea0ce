#include "pipeline/metrics/success.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace heddle::pipeline {
namespace {

using Boxes = std::vector<std::optional<Box>>;
constexpr Box kSquare{0, 0, 10, 10};

TEST(Success, APerfectTrackPassesEveryThresholdButOne) {
  const Boxes truth(4, kSquare);
  const Success success = score_success(truth, truth);
  EXPECT_EQ(success.rate(20), 0) << "nothing overlaps by more than 1";
  EXPECT_DOUBLE_EQ(success.auc(), 20.0 / 21);
  EXPECT_DOUBLE_EQ(success.mean_overlap(), 1);
}

TEST(Success, AHalfOverlapPassesTheTenThresholdsBelowIt) {
  const Success success = score_success(Boxes{kSquare}, Boxes{Box{0, 0, 10, 5}});
  EXPECT_EQ(success.rate(9), 1);
  EXPECT_EQ(success.rate(10), 0);
  EXPECT_DOUBLE_EQ(success.auc(), 10.0 / 21);
}

TEST(Success, AMissedFrameCountsAndOneWithoutTruthDoesNot) {
  const Success success = score_success(Boxes{kSquare, kSquare, {}}, Boxes{kSquare, {}, kSquare});
  EXPECT_EQ(success.frames, 2);
  EXPECT_DOUBLE_EQ(success.auc(), 10.0 / 21);
}

TEST(Success, ACentreThatIsTwentyPixelsOffIsJustPreciseEnough) {
  const Success success = score_success(Boxes{kSquare, kSquare, kSquare},
                                        Boxes{Box{12, 16, 10, 10}, Box{20.5, 0, 10, 10}, {}});
  EXPECT_DOUBLE_EQ(success.precision(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(success.precision(19), 0);
  EXPECT_DOUBLE_EQ(success.precision(21), 2.0 / 3);
}

TEST(Success, ClipsAddUpFrameByFrame) {
  Success both = score_success(Boxes{kSquare}, Boxes{kSquare});
  both += score_success(Boxes{kSquare}, Boxes{std::nullopt});
  EXPECT_EQ(both.frames, 2);
  EXPECT_DOUBLE_EQ(both.mean_overlap(), 0.5);
}

TEST(Success, RefusesTracksOfAnotherLength) {
  EXPECT_THROW(score_success(Boxes(2), Boxes(3)), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
