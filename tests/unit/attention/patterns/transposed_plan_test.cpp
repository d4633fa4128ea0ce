// A plan read from the keys' side lists what the rows list, once each.
#include "attention/patterns/transposed_plan.h"

#include "attention/patterns/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace heddle::attention {
namespace {

using Cell = std::tuple<std::int64_t, std::int32_t, std::int64_t>;  // row, segment, slot

std::set<Cell> cells_of_rows(const BlockPlan& plan) {
  std::set<Cell> cells;
  for (std::int64_t row = 0; row + 1 < static_cast<std::int64_t>(plan.row_begin.size()); ++row) {
    for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
      const TileRun& run = plan.runs[i];
      for (std::int64_t key = 0; key < run.keys; ++key) {
        cells.emplace(row, run.segment, run.first_slot + key);
      }
    }
  }
  return cells;
}

std::set<Cell> cells_of_blocks(const BlockPlan& plan, const TransposedPlan& transposed) {
  std::set<Cell> cells;
  for (std::int64_t head = 0; head < plan.heads; ++head) {
    for (std::int64_t block = 0; block < transposed.blocks(); ++block) {
      std::int64_t last_row = -1;
      for (const TransposedTile& at : transposed.of(head, block)) {
        EXPECT_GE(at.row, last_row) << "rows must ascend";
        last_row = at.row;
        EXPECT_EQ(at.row / plan.query_blocks(), head);
        const TileRun& run = plan.runs[at.run];
        const std::int64_t base = transposed.segment_begin[static_cast<std::size_t>(run.segment)];
        const std::int64_t first = (block - base) * plan.key_block;
        for (std::int64_t key = at.tile * plan.key_block;
             key < std::min((at.tile + 1) * plan.key_block, run.keys);
             ++key) {
          const std::int64_t slot = run.first_slot + key;
          if (slot < first || slot >= first + plan.key_block) continue;
          EXPECT_TRUE(cells.emplace(at.row, run.segment, slot).second) << "listed twice";
        }
      }
    }
  }
  return cells;
}

TEST(TransposedPlan, ListsEveryTileOfEveryPatternOnce) {
  for (const char* text : {"window(40)",
                           "global(70:3) | window(5,causal)",
                           "per_head(random(2,seed=3,block=16); dense(causal))"}) {
    const BlockPlan planned = plan(parse_pattern(text), {2, 30, 150, 7, 190, 16, 32});
    const std::int64_t slots[] = {190};
    EXPECT_EQ(cells_of_blocks(planned, transpose(planned, slots)), cells_of_rows(planned)) << text;
  }
}

TEST(TransposedPlan, ListsATileThatStraddlesTwoBlocksOfSlotsInBoth) {
  BlockPlan plan;
  plan.queries = 64;
  plan.row_begin = {0, 2};
  plan.runs = {{.first_slot = 40, .first_key = 64, .count = 2, .keys = 100, .segment = 1},
               {.first_slot = 3, .first_key = 192, .count = 1, .keys = 10}};
  const std::int64_t slots[] = {13, 140};
  const TransposedPlan transposed = transpose(plan, slots);
  EXPECT_EQ(cells_of_blocks(plan, transposed), cells_of_rows(plan));
  EXPECT_EQ(transposed.of(0, 2).size(), 2u);  // slots [64, 128) of segment 1: both tiles
}

TEST(TransposedPlan, RefusesARunOutsideItsSegment) {
  const BlockPlan planned = plan(dense(), {1, 0, 64, 0, 64, 64, 64});
  const std::int64_t slots[] = {63};
  EXPECT_THROW(transpose(planned, slots), std::invalid_argument);
}

TEST(TransposedPlan, OfTwoMillionTokensCostsItsTiles) {
  constexpr std::int64_t kTokens = 2'000'000;
  const BlockPlan planned =
      plan(parse_pattern("window(256) | global(0:64)"), {1, 0, kTokens, 0, kTokens, 64, 64});
  const std::int64_t slots[] = {kTokens};
  EXPECT_EQ(static_cast<std::int64_t>(transpose(planned, slots).tiles.size()), planned.tiles());
}

}  // namespace
}  // namespace heddle::attention
