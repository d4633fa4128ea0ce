#include "pipeline/occlusion_suite/clip.h"

#include "pipeline/occlusion_suite/score.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::pipeline {
namespace {

constexpr int kSample = 6;  // clips that stand for a half

OcclusionClip clip_of(SuiteHalf half, int index) {
  return OcclusionClip(half, index, painted_textures(half));
}

/// Mean absolute difference of grey levels inside `box` of two frames.
double difference(const io::Frame& a, const io::Frame& b, const Box& box) {
  double sum = 0;
  std::int64_t count = 0;
  for (int y = std::max(0, static_cast<int>(box.y)); y < std::min(box.bottom(), 240.0); ++y) {
    for (int x = std::max(0, static_cast<int>(box.x)); x < std::min(box.right(), 320.0); ++x) {
      const std::size_t i = (static_cast<std::size_t>(y) * a.width + x) * 3;
      sum += std::abs(a.bgr[i] - b.bgr[i]);
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

TEST(OcclusionClip, IsTheSameEveryTime) {
  const OcclusionClip once = clip_of(SuiteHalf::kTuning, 3);
  const OcclusionClip again = clip_of(SuiteHalf::kTuning, 3);
  EXPECT_EQ(once.draw(50).bgr, again.draw(50).bgr);
  EXPECT_EQ(once.draw(50).bgr, once.draw(50).bgr);
  EXPECT_EQ(once.truth(50).box.x, again.truth(50).box.x);
}

/// 1e-6 of a pixel: C libraries differ in the last bits of log, cos and pow.
void expect_at(const Box& box, const Box& stored) {
  EXPECT_NEAR(box.x, stored.x, 1e-6);
  EXPECT_NEAR(box.y, stored.y, 1e-6);
  EXPECT_NEAR(box.width, stored.width, 1e-6);
  EXPECT_NEAR(box.height, stored.height, 1e-6);
}

TEST(OcclusionClip, IsTheOneThatItAlwaysWas) {
  const OcclusionClip tuning = clip_of(SuiteHalf::kTuning, 3);
  expect_at(tuning.truth(0).box, {139.488709035, 118.199511605, 36.262389871, 32.334339180});
  expect_at(tuning.truth(80).box, {132.307584755, 111.023305293, 38.847377317, 34.714227468});
  const OcclusionClip testing = clip_of(SuiteHalf::kTesting, 0);
  expect_at(testing.truth(0).box, {141.488978833, 120.463657086, 52.382005524, 30.804716398});
  expect_at(testing.truth(80).box, {125.299590636, 83.615260702, 50.835257204, 29.761745516});
}

TEST(OcclusionClip, HasOtherTexturesAndPathsInTheOtherHalf) {
  const OcclusionClip tuning = clip_of(SuiteHalf::kTuning, 4);
  const OcclusionClip testing = clip_of(SuiteHalf::kTesting, 4);
  EXPECT_NE(tuning.truth(10).box.x, testing.truth(10).box.x);
  for (std::uint64_t a = 0; a < 3; ++a) {
    for (std::uint64_t b = 0; b < 3; ++b) {
      EXPECT_NE(painted_textures(SuiteHalf::kTuning)(a).bgr,
                painted_textures(SuiteHalf::kTesting)(b).bgr);
    }
  }
}

TEST(OcclusionClip, HidesTheObjectForTwentyFiveFramesAndShowsItBeforeAndAfter) {
  for (int index = 0; index < kSample; ++index) {
    const OcclusionClip clip = clip_of(SuiteHalf::kTesting, index);
    for (int i = 0; i < OcclusionClip::kHiddenFrames; ++i) {
      EXPECT_EQ(clip.truth(OcclusionClip::kHiddenFrom + i).visible, 0) << clip.name() << ' ' << i;
    }
    EXPECT_GT(clip.truth(0).visible, 0.95) << clip.name();
    EXPECT_GT(clip.truth(OcclusionClip::kFrames - 1).visible, 0.5) << clip.name();
  }
}

TEST(OcclusionClip, DrawsTheObjectWhereTheTruthSaysAndNothingOfItWhileHidden) {
  const OcclusionClip clip = clip_of(SuiteHalf::kTesting, 0);
  const int hidden = OcclusionClip::kHiddenFrom + 5;
  const Box box = clip.truth(hidden).box;
  EXPECT_GT(difference(clip.draw(0), clip.draw(hidden), clip.truth(0).box), 15);
  const Box core = centred_box(box.centre_x(), box.centre_y(), box.width / 2, box.height / 2);
  EXPECT_LT(difference(clip.draw(hidden), clip.draw(hidden + 1), core), 15) << "the cover stands";
}

TEST(OcclusionClip, EverySecondOneHasATwin) {
  EXPECT_FALSE(clip_of(SuiteHalf::kTuning, 0).has_twin());
  EXPECT_TRUE(clip_of(SuiteHalf::kTuning, 1).has_twin());
  EXPECT_EQ(clip_of(SuiteHalf::kTuning, 7).name(), "tuning-007");
}

TEST(SuiteHalf, IsNamed) {
  EXPECT_EQ(suite_half("testing"), SuiteHalf::kTesting);
  EXPECT_THROW(suite_half("training"), std::invalid_argument);
}

using Truth = std::vector<OcclusionClip::Truth>;
constexpr Box kHere{0, 0, 10, 10}, kThere{100, 0, 10, 10};

/// One frame that is given, two seen, two hidden, two seen.
Truth short_truth() {
  return {{kHere, 1}, {kHere, 1}, {kHere, 0.7}, {kHere, 0}, {kHere, 0}, {kHere, 0.9}, {kHere, 1}};
}

TEST(SuiteScore, JudgesBeforeAndAfterApartAndLeavesTheGivenFrameOut) {
  const Truth truth = short_truth();
  std::vector<Said> said(truth.size(), Said{kHere, true});
  said[3].claimed = false;
  said[6].box = kThere;
  const SuiteScore score = score_clip(truth, said);
  EXPECT_EQ(score.before.frames, 2);
  EXPECT_DOUBLE_EQ(score.before.auc(), 20.0 / 21);
  EXPECT_EQ(score.after.frames, 2);
  EXPECT_DOUBLE_EQ(score.after.auc(), 10.0 / 21);
  EXPECT_DOUBLE_EQ(score.claimed_share(), 0.5);
  EXPECT_EQ(score.recovered, 0) << "on it in one of the last two";
}

TEST(SuiteScore, AHardlyVisibleObjectIsNeitherSeenNorHidden) {
  Truth truth = short_truth();
  truth[3].visible = 0.3;
  const SuiteScore score = score_clip(truth, std::vector<Said>(truth.size(), Said{kHere, true}));
  EXPECT_EQ(score.hidden, 1);
  EXPECT_EQ(score.before.frames + score.after.frames, 4);
  EXPECT_EQ(score.recovered, 1);
}

TEST(SuiteScore, ClipsAddUp) {
  const Truth truth = short_truth();
  SuiteScore both = score_clip(truth, std::vector<Said>(truth.size(), Said{kHere, true}));
  both += score_clip(truth, std::vector<Said>(truth.size(), Said{kThere, true}));
  EXPECT_DOUBLE_EQ(both.recovered_share(), 0.5);
  EXPECT_DOUBLE_EQ(both.auc(), 10.0 / 21);
}

}  // namespace
}  // namespace heddle::pipeline
