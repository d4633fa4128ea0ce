#include "attention/patterns/block_plan.h"

#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>

#include <map>

namespace heddle::attention {
namespace {

/// The absolute key block of each tile of a row, in order.
std::vector<std::int64_t> tiles_of(const BlockPlan& plan, std::int64_t row) {
  std::vector<std::int64_t> tiles;
  for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
    const std::int64_t first = plan.runs[i].first_key / plan.key_block;
    for (std::int64_t t = 0; t < plan.runs[i].count; ++t) tiles.push_back(first + t);
  }
  return tiles;
}

class WorkList : public testing::TestWithParam<std::string> {};

TEST_P(WorkList, CoversEveryTileOnceAndCutsAtAbsoluteMultiplesOnly) {
  const BlockPlan planned = plan(parse_pattern(GetParam()), {2, 9, 700, 3, 6000, 16, 16});
  std::map<std::int64_t, std::map<int, WorkItem>> rows;
  for (const WorkItem& item : planned.work) {
    EXPECT_TRUE(rows[item.row].emplace(item.part, item).second);
  }
  ASSERT_EQ(static_cast<std::int64_t>(rows.size()), planned.heads * planned.query_blocks());
  for (const auto& [row, parts] : rows) {
    const std::vector<std::int64_t> tiles = tiles_of(planned, row);
    std::int64_t at = 0;
    for (const auto& [number, part] : parts) {
      EXPECT_EQ(part.first_tile, at);
      EXPECT_EQ(part.parts, static_cast<int>(parts.size()));
      at += part.tiles;
      if (part.tiles == 0) continue;
      EXPECT_EQ(tiles[part.first_tile] / kSplitKeyBlocks, tiles[at - 1] / kSplitKeyBlocks);
      if (at < static_cast<std::int64_t>(tiles.size())) {
        EXPECT_NE(tiles[at] / kSplitKeyBlocks, tiles[at - 1] / kSplitKeyBlocks);
      }
    }
    EXPECT_EQ(at, static_cast<std::int64_t>(tiles.size()));
  }
}

INSTANTIATE_TEST_SUITE_P(Patterns,
                         WorkList,
                         testing::Values("dense()",
                                         "window(50,causal)",
                                         "window(0) | strided(700)",
                                         "per_head(dense(causal); block_local(32))",
                                         "global(7000:5)"));

TEST(WorkList, LongestComesFirstThenRowThenPart) {
  const BlockPlan planned = plan(parse_pattern("dense(causal)"), {1, 0, 5000, 0, 5000, 64, 16});
  for (std::size_t i = 1; i < planned.work.size(); ++i) {
    const WorkItem& a = planned.work[i - 1];
    const WorkItem& b = planned.work[i];
    EXPECT_TRUE(a.tiles > b.tiles ||
                (a.tiles == b.tiles && std::pair(a.row, a.part) < std::pair(b.row, b.part)));
  }
}

/// Two rows of 16 queries, each with a full run and a band.
BlockPlan sound_plan() {
  BlockPlan plan{.query_block = 16, .key_block = 16, .first_query = 0, .queries = 32};
  plan.row_begin = {0, 2, 4};
  for (int row = 0; row < 2; ++row) {
    plan.runs.push_back({.first_slot = 0, .first_key = 0, .count = 2, .keys = 32});
    plan.runs.push_back({.first_slot = 32, .first_key = 32, .count = 1, .keys = 9, .lo = -20});
    plan.runs.back().kind = TileKind::kBand;
  }
  build_work_list(plan);
  return plan;
}

struct Damage {
  std::string what;
  void (*harm)(BlockPlan& plan);
};
std::string name_of(const testing::TestParamInfo<Damage>& damage) { return damage.param.what; }

class DamagedPlan : public testing::TestWithParam<Damage> {};

TEST_P(DamagedPlan, IsRefused) {
  BlockPlan plan = sound_plan();
  ASSERT_NO_THROW(validate(plan));
  GetParam().harm(plan);
  EXPECT_THROW(validate(plan), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(
    Promises,
    DamagedPlan,
    testing::Values(
        Damage{"no_block", [](BlockPlan& p) { p.key_block = 0; }},
        Damage{"negative_queries", [](BlockPlan& p) { p.queries = -1; }},
        Damage{"missing_row", [](BlockPlan& p) { p.row_begin.pop_back(); }},
        Damage{"falling_rows", [](BlockPlan& p) { p.row_begin[1] = 5; }},
        Damage{"runs_beyond_rows", [](BlockPlan& p) { p.runs.push_back(p.runs[0]); }},
        Damage{"negative_slot", [](BlockPlan& p) { p.runs[0].first_slot = -1; }},
        Damage{"too_many_keys", [](BlockPlan& p) { p.runs[0].keys = 33; }},
        Damage{"too_few_keys", [](BlockPlan& p) { p.runs[0].keys = 16; }},
        Damage{"torn_inside", [](BlockPlan& p) { p.runs[1].first_key = 40; }},
        Damage{"overlap", [](BlockPlan& p) { p.runs[1].first_key = 16; }},
        Damage{"falling_keys", [](BlockPlan& p) { std::swap(p.runs[0], p.runs[1]); }},
        Damage{"falling_segments",
               [](BlockPlan& p) {
                 p.runs[0].segment = 1;
                 p.runs[1].first_key = 16;
               }},
        Damage{"empty_band", [](BlockPlan& p) { p.runs[1].hi = -30; }},
        Damage{"long_prefix",
               [](BlockPlan& p) {
                 p.runs[1].kind = TileKind::kPrefix;
                 p.runs[1].argument = 10;
               }},
        Damage{"bits_outside",
               [](BlockPlan& p) {
                 p.runs[0].kind = TileKind::kBits;
                 p.bits.resize(31);
               }},
        Damage{"unknown_kind", [](BlockPlan& p) { p.runs[0].kind = static_cast<TileKind>(9); }},
        Damage{"huge_count", [](BlockPlan& p) { p.runs[0].count = std::int64_t{1} << 62; }},
        Damage{"work_left_out", [](BlockPlan& p) { p.work.pop_back(); }},
        Damage{"work_in_no_row", [](BlockPlan& p) { p.work[0].row = 2; }}),
    name_of);

TEST(BlockPlan, TwoSegmentsMayShareATileInTheirOrder) {
  BlockPlan plan = sound_plan();
  plan.runs[1].first_key = 16;
  plan.runs[1].segment = 1;
  EXPECT_NO_THROW(validate(plan));
}

TEST(BlockPlan, AskingForAQueryOutsideThePlanIsAnError) {
  const BlockPlan plan = sound_plan();
  EXPECT_THROW(attends(plan, 0, 32, 0), std::invalid_argument);
  EXPECT_THROW(attends(plan, 1, 0, 0), std::invalid_argument);
}

TEST(BlockPlan, ARowWithoutKeysKeepsOneEmptyWorkItem) {
  BlockPlan plan = sound_plan();
  plan.runs.resize(2);
  plan.row_begin = {0, 2, 2};
  build_work_list(plan);
  ASSERT_EQ(plan.work.size(), 2u);
  EXPECT_EQ(plan.work[1], (WorkItem{.row = 1}));
}

}  // namespace
}  // namespace heddle::attention
