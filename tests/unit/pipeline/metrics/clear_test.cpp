#include "pipeline/metrics/tracking_score.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::pipeline {
namespace {

LabelledBox at(std::int64_t frame, std::int64_t id, double x) {
  return {frame, id, {x, 0, 10, 10}};
}

TEST(TrackingScore, PerfectTracksScoreOne) {
  const std::vector<LabelledBox> truth{at(0, 1, 0), at(0, 2, 50), at(1, 1, 5), at(1, 2, 55)};
  const TrackingScore score = score_tracking(truth, truth);
  EXPECT_EQ(score.clear.mota(), 1);
  EXPECT_EQ(score.clear.motp(), 1);
  EXPECT_EQ(score.identity.f1(), 1);
}

TEST(TrackingScore, CountsMissesAndFalsePositives) {
  const std::vector<LabelledBox> truth{at(0, 1, 0), at(1, 1, 0)};
  const std::vector<LabelledBox> said{at(0, 7, 0), at(0, 8, 100), at(2, 7, 0)};
  const TrackingScore score = score_tracking(truth, said);
  EXPECT_EQ(score.clear.misses(), 1);
  EXPECT_EQ(score.clear.false_positives(), 2);
  EXPECT_DOUBLE_EQ(score.clear.mota(), 1 - 3.0 / 2);
}

TEST(TrackingScore, BoxesMatchFromTheThresholdOn) {
  const std::vector<LabelledBox> truth{at(0, 1, 0)};
  EXPECT_EQ(score_tracking(truth, std::vector{at(0, 1, 3.3)}).clear.matches, 1);  // IoU 0.504
  EXPECT_EQ(score_tracking(truth, std::vector{at(0, 1, 3.4)}).clear.matches, 0);  // IoU 0.493
}

TEST(TrackingScore, AnExchangeOfIdentitiesIsTwoSwitches) {
  const std::vector<LabelledBox> truth{at(0, 1, 0), at(0, 2, 50), at(1, 1, 0), at(1, 2, 50)};
  const std::vector<LabelledBox> said{at(0, 1, 0), at(0, 2, 50), at(1, 2, 0), at(1, 1, 50)};
  const TrackingScore score = score_tracking(truth, said);
  EXPECT_EQ(score.clear.switches, 2);
  EXPECT_EQ(score.clear.matches, 4);
  EXPECT_DOUBLE_EQ(score.clear.mota(), 0.5);
  EXPECT_DOUBLE_EQ(score.identity.f1(), 0.5);
}

TEST(TrackingScore, ASwitchIsCountedAcrossAGap) {
  const std::vector<LabelledBox> truth{at(0, 1, 0), at(1, 1, 0), at(2, 1, 0)};
  const std::vector<LabelledBox> said{at(0, 4, 0), at(2, 5, 0)};
  EXPECT_EQ(score_tracking(truth, said).clear.switches, 1);
}

TEST(TrackingScore, AKeptPairIsNotTradedForABetterOverlap) {
  const std::vector<LabelledBox> truth{at(0, 1, 0), at(1, 1, 0)};
  const std::vector<LabelledBox> said{at(0, 4, 0), at(1, 4, 3), at(1, 5, 0)};
  EXPECT_EQ(score_tracking(truth, said).clear.switches, 0);
}

TEST(TrackingScore, RefusesAnIdentityTwiceInAFrame) {
  const std::vector<LabelledBox> twice{at(0, 1, 0), at(0, 1, 5)};
  EXPECT_THROW(score_tracking(twice, {}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
