// Which rows are spread over threads, and what the tile walk knows of the tile behind.
#include "attention/backend/cpu/attention_schedule.h"

#include "attention/backend/cpu/attention_tiles.h"
#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kMost = 1'000'000;

/// 512 rows of 2 or 3 tiles, but the first attends all 512 blocks: a quarter of the work.
BlockPlan plan_with_a_long_row() {
  return plan(parse_pattern("window(64,causal) | global(0:64)"),
              {.queries = 512 * 64, .keys = 512 * 64});
}

TEST(Schedule, SpreadsTheRowThatWouldKeepOneThreadBusy) {
  const BlockPlan plan = plan_with_a_long_row();
  Schedule schedule;
  schedule.choose(plan, 2, 1, kMost);
  ASSERT_EQ(schedule.spread.size(), 1U);
  EXPECT_EQ(schedule.spread[0].row, 0);
  EXPECT_EQ(schedule.slots, 8);  // of 64 key blocks each
  EXPECT_EQ(std::ssize(schedule.parts), 8);
  std::int64_t tiles = 0;
  for (const WorkItem& part : schedule.parts) tiles += part.tiles;
  EXPECT_EQ(tiles, 512);
  EXPECT_EQ(schedule.rows(), 512);
  for (std::int64_t row = 0; row < schedule.rows(); ++row) {
    EXPECT_EQ(schedule.alone(row), row != 0) << row;
  }
}

TEST(Schedule, LeavesRowsAloneThatAreASmallTailOrHaveNoRoom) {
  const BlockPlan plan = plan_with_a_long_row();
  Schedule schedule;
  schedule.choose(plan, 2, 1, kMost);
  schedule.choose(plan, 1, 1, kMost);  // one thread has nobody to share with
  EXPECT_TRUE(schedule.spread.empty());
  EXPECT_TRUE(schedule.alone(0));
  schedule.choose(plan, 2, 64, kMost);  // 64 heads: the row is less than 1 % of them all
  EXPECT_TRUE(schedule.spread.empty());
  schedule.choose(plan, 2, 1, 7);  // its 8 parts have no room
  EXPECT_TRUE(schedule.spread.empty());
  EXPECT_EQ(schedule.slots, 0);
  EXPECT_EQ(schedule.rows(), 512);
}

TEST(TileWalk, KnowsAPieceOfTheTileBehind) {
  const BlockPlan made = plan(parse_pattern("window(64,causal) | random(3,seed=1)"),
                              {.queries = 20 * 64, .keys = 20 * 64});
  const KeySegment segment;
  const AttentionArgs args = {.plan = &made, .segments = {&segment, 1}};
  std::vector<Piece> scratch;
  for (std::int64_t row = 0; row < made.query_blocks(); ++row) {
    TileWalk walk(args, {.row = row, .first = 0, .count = kMaxPosition}, scratch);
    KeyTile tile;
    auto expected = walk.ahead();
    while (walk.next(tile)) {
      ASSERT_TRUE(expected);
      EXPECT_EQ(expected->position, tile.pieces.front().position);
      EXPECT_EQ(expected->keys, tile.pieces.front().keys);
      expected = walk.ahead();
    }
    EXPECT_FALSE(expected);
  }
}

}  // namespace
}  // namespace heddle::attention::cpu
