#include "pipeline/simulation/detector_noise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace heddle::pipeline {
namespace {

constexpr int kFrames = 3000;

io::MotRow true_row(std::int64_t frame, std::int64_t id, double visibility) {
  io::MotRow row{.frame = frame, .id = id};
  row.x = 100 * static_cast<double>(id);
  row.y = 50;
  row.width = 40;
  row.height = 80;
  row.visibility = visibility;
  row.columns = 9;
  return row;
}

/// One object, as visible in every frame.
std::vector<io::MotRow> standing(double visibility) {
  std::vector<io::MotRow> rows;
  for (int frame = 1; frame <= kFrames; ++frame) rows.push_back(true_row(frame, 1, visibility));
  return rows;
}

DetectorNoise only_jitter() {
  DetectorNoise noise;
  noise.doubles = noise.false_share = 0;
  return noise;
}

double deviation_of_left(const std::vector<io::MotRow>& rows) {
  double squares = 0;
  for (const io::MotRow& row : rows) squares += std::pow((row.x + row.width / 2 - 120) / 40, 2);
  return std::sqrt(squares / static_cast<double>(rows.size()));
}

TEST(DetectorNoise, TheSameSeedGivesTheSameBoxesAndAnotherOthers) {
  const auto truth = standing(0.8);
  const auto first = simulate_detector(truth, {.seed = 3}),
             again = simulate_detector(truth, {.seed = 3});
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].x, again[i].x);
  EXPECT_NE(simulate_detector(truth, {.seed = 4})[0].x, first[0].x);
}

TEST(DetectorNoise, DrawsTheBoxesThatItAlwaysDrew) {
  std::vector<io::MotRow> truth;
  for (int frame = 1; frame <= 2; ++frame) {
    for (const std::int64_t id : {1, 2}) truth.push_back(true_row(frame, id, 0.8));
  }
  DetectorNoise noise{.seed = 5};
  noise.doubles = noise.false_share = 0.3;
  const std::vector<std::array<double, 7>> stored{
      {1, 1, 99.030998305, 39.750070680, 39.251743353, 81.912489235, 0.887759439},
      {1, 2, 201.160513036, 54.398962188, 39.110690490, 74.353830884, 0.911433985},
      {1, 2, 196.689823599, 61.004492151, 41.201731163, 72.794318955, 0.664692204},
      {2, 1, 101.558148762, 45.224171944, 38.943991129, 78.199217681, 0.748332736},
      {2, 2, 199.673799832, 55.275579831, 40.600401209, 74.169805286, 0.938196595},
      {2, 2, 204.625236395, 57.236622451, 38.798891958, 81.803919568, 0.594399084}};
  const auto rows = simulate_detector(truth, noise);
  ASSERT_EQ(rows.size(), stored.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const io::MotRow& row = rows[i];
    const std::array<double, 7> drawn{static_cast<double>(row.frame),
                                      static_cast<double>(row.id),
                                      row.x,
                                      row.y,
                                      row.width,
                                      row.height,
                                      row.confidence};
    // 1e-6: C libraries differ in the last bits of log, cos and exp.
    EXPECT_THAT(drawn, testing::Pointwise(testing::DoubleNear(1e-6), stored[i])) << i;
  }
}

TEST(DetectorNoise, BoxesJitterByThreePerCentInViewAndByMoreWhenCovered) {
  EXPECT_NEAR(deviation_of_left(simulate_detector(standing(1), only_jitter())), 0.03, 0.003);
  EXPECT_NEAR(deviation_of_left(simulate_detector(standing(0.4), only_jitter())), 0.06, 0.006);
}

TEST(DetectorNoise, TheLessIsVisibleTheMoreIsMissed) {
  EXPECT_NEAR(simulate_detector(standing(1), only_jitter()).size() / double{kFrames}, 0.97, 0.01);
  EXPECT_LT(simulate_detector(standing(0.2), only_jitter()).size() / double{kFrames}, 0.25);
  EXPECT_LT(simulate_detector(standing(0), only_jitter()).size() / double{kFrames}, 0.01);
}

TEST(DetectorNoise, HalfCoveredThingsAreMissedForFramesOnEnd) {
  std::vector<bool> seen(kFrames, false);
  for (const auto& row : simulate_detector(standing(0.35), only_jitter())) {
    seen[static_cast<std::size_t>(row.frame - 1)] = true;
  }
  int same = 0;
  for (int i = 1; i < kFrames; ++i) same += seen[i] == seen[i - 1] ? 1 : 0;
  EXPECT_GT(same / double{kFrames}, 0.6) << "0.5 were each frame by itself";
}

TEST(DetectorNoise, ScoresTellHowVisibleAThingIs) {
  const auto mean = [](const std::vector<io::MotRow>& rows) {
    double sum = 0;
    for (const auto& row : rows) sum += row.confidence;
    return sum / static_cast<double>(rows.size());
  };
  EXPECT_GT(mean(simulate_detector(standing(1), only_jitter())),
            mean(simulate_detector(standing(0.5), only_jitter())) + 0.2);
}

TEST(DetectorNoise, SomeBoxesComeTwiceAndSomeAreOfNothing) {
  DetectorNoise noise;
  noise.doubles = 0.1;
  noise.false_share = 0.2;
  const auto rows = simulate_detector(standing(1), noise);
  const auto of_nothing = std::ranges::count(rows, -1, &io::MotRow::id);
  EXPECT_NEAR(of_nothing / double{kFrames}, 0.2, 0.06);
  EXPECT_NEAR((rows.size() - of_nothing) / (0.97 * kFrames), 1.1, 0.03);
}

TEST(DetectorNoise, WhatIsNearerHidesWhereTheTruthDoesNotSay) {
  std::vector<io::MotRow> rows;
  for (int frame = 1; frame <= 500; ++frame) {
    for (const std::int64_t id : {1, 2}) {
      io::MotRow row = true_row(frame, id, -1);
      row.x = 100;
      row.y += id == 2 ? 10 : 0;  // in front, and over most of the first
      rows.push_back(row);
    }
  }
  std::map<std::int64_t, int> seen;
  for (const auto& row : simulate_detector(rows, only_jitter())) ++seen[row.id];
  EXPECT_LT(seen[1], 50);
  EXPECT_GT(seen[2], 450);
}

TEST(DetectorNoise, WhatTheTruthMarksAsNotCountingIsNotThere) {
  io::MotRow marked = true_row(1, 1, 1);
  marked.confidence = 0;
  io::MotRow car = true_row(1, 2, 1);
  car.type = 3;
  EXPECT_TRUE(simulate_detector(std::vector{marked, car}, only_jitter()).empty());
}

}  // namespace
}  // namespace heddle::pipeline
