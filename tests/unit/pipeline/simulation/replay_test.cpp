#include "pipeline/simulation/replay.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

io::MotRow row(std::int64_t frame, std::int64_t id, const Box& box) {
  io::MotRow row;
  row.frame = frame;
  row.id = id;
  row.x = box.x;
  row.y = box.y;
  row.width = box.width;
  row.height = box.height;
  return row;
}

/// Two things; in frame 2 the first stands before the second.
std::vector<io::MotRow> two() {
  return {row(1, 1, {20, 40, 30, 60}),
          row(1, 2, {90, 30, 30, 60}),
          row(2, 1, {90, 40, 30, 60}),
          row(2, 2, {90, 30, 30, 60}),
          row(3, 1, {120, 40, 30, 60})};
}

std::array<int, 3> pixel(const io::Frame& frame, int x, int y) {
  const auto at = (static_cast<std::size_t>(y) * frame.width + x) * 3;
  return {frame.bgr[at], frame.bgr[at + 1], frame.bgr[at + 2]};
}

int difference(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

TEST(Replay, TheSameTruthAndSeedGiveTheSameFrames) {
  const Replay once(two(), {}), again(two(), {});
  EXPECT_EQ(once.draw(1).bgr, again.draw(1).bgr);
  const Replay other(two(), {.seed = 2});
  EXPECT_NE(once.draw(1).bgr, other.draw(1).bgr);
}

TEST(Replay, WhoIsNearerHidesWhoIsBehind) {
  const Replay replay(two(), {.twins = 0, .noise = 0});
  ASSERT_EQ(replay.truth().size(), 5u);
  EXPECT_EQ(replay.truth()[2].visibility, 1);
  EXPECT_LT(replay.truth()[3].visibility, 0.2);
  // The middle of the first thing looks the same wherever it stands.
  EXPECT_LT(difference(pixel(replay.draw(0), 35, 70), pixel(replay.draw(1), 105, 70)), 40);
}

TEST(Replay, ASwayingCameraTakesTheTruthWithIt) {
  const Replay still(two(), {}), swaying(two(), {.sway = 0.2});
  EXPECT_EQ(still.truth()[0].x, 20);
  EXPECT_GT(std::abs(swaying.truth()[0].x - 20), 1);
  EXPECT_NEAR(swaying.truth()[1].x - swaying.truth()[0].x, 70, 1e-9) << "both by as much";
}

TEST(Replay, LargeScenesAreShrunk) {
  std::vector<io::MotRow> rows = {row(1, 1, {1800, 980, 120, 100})};
  const Replay replay(rows, {.most_pixels = 500'000});
  EXPECT_LE(replay.width() * replay.height(), 500'000);
  EXPECT_NEAR(replay.truth()[0].x / replay.width(), 1800.0 / 1920, 0.01);
}

TEST(Replay, NeedsBoxes) {
  EXPECT_THROW(Replay(std::vector<io::MotRow>{}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
