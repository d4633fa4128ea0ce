// What the CUDA kernels walk says the same as the plan it was made of.

#include "attention/backend/cuda/tile_schedule.h"

#include "attention/patterns/pattern.h"
#include "tests/unit/attention/cuda/schedule_pairs.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace heddle::attention::cuda {
namespace {

using kernel_tests::CaseShape;

class ScheduleOfRandomPlans : public testing::TestWithParam<CaseShape> {};

TEST_P(ScheduleOfRandomPlans, HoldsEveryPairOfThePlanOnce) {
  for (const std::uint64_t seed : {1, 2}) {
    std::mt19937_64 random(seed);
    const BlockPlan plan = kernel_tests::random_plan(GetParam(), random);
    const auto heads = static_cast<int>(GetParam().heads);
    EXPECT_EQ(pairs_of(make_tile_schedule(plan, heads)), attended_pairs(plan, heads));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    ScheduleOfRandomPlans,
    testing::Values(
        CaseShape{.name = "OneHead", .heads = 1},
        CaseShape{.name = "PlanForEachHead", .heads = 2, .plan_heads = 2},
        CaseShape{.name = "TwoSegments", .heads = 1, .cut = 205},
        CaseShape{.name = "SmallBlocks", .heads = 1, .query_block = 16, .key_block = 16},
        CaseShape{.name = "OddBlocks", .heads = 1, .query_block = 24, .key_block = 40},
        CaseShape{
            .name = "WideBlocks", .heads = 1, .cut = 201, .query_block = 128, .key_block = 256},
        CaseShape{.name = "OneQuery", .heads = 1, .first_query = 131, .queries = 1}),
    [](const auto& tested) { return tested.param.name; });

BlockPlan plan_of(const std::string& pattern, std::int64_t tokens) {
  return plan(parse_pattern(pattern), {.queries = tokens, .keys = tokens});
}

TEST(TileSchedule, CutsALongRowIntoPartsThatFollowEachOther) {
  const TileSchedule schedule = make_tile_schedule(plan_of("window(64) | global(0:1)", 16384), 1);
  ASSERT_EQ(schedule.items.merges.size(), 1u);
  std::vector<Item> parts;
  for (const Item& item : schedule.items.expanded()) {
    if (item.partial >= 0) parts.push_back(item);
  }
  std::sort(parts.begin(), parts.end(), [](const Item& a, const Item& b) {
    return a.partial < b.partial;
  });
  ASSERT_EQ(parts.size(), static_cast<std::size_t>(schedule.items.merges[0].parts));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].first_stage, parts[i - 1].first_stage + parts[i - 1].stages);
  }
}

TEST(TileSchedule, GivesEachStrandAndHeadTheTilesOfTheOnePlan) {
  for (const char* pattern : {"strided(3,causal)", "per_head(strided(3); dilated(40,9))"}) {
    const BlockPlan whole = plan(parse_pattern(pattern), {.heads = 2, .queries = 900, .keys = 900});
    const TileSchedule schedule = make_tile_schedule(whole.strands.plans[0], 2, 3);
    for (int strand = 0; strand < 3; ++strand) {
      std::vector<Item> part = schedule.items.expanded();
      std::erase_if(part, [&](const Item& item) { return item.strand != strand; });
      EXPECT_EQ(pairs_of(schedule, part), attended_pairs(whole.strands.plans[0], 2)) << pattern;
    }
  }
}

TEST(TileSchedule, PutsTheLongestItemFirst) {
  const TileSchedule schedule = make_tile_schedule(plan_of("window(300) | global(0:64)", 9000), 3);
  EXPECT_TRUE(std::ranges::is_sorted(schedule.items.expanded(), std::greater<>(), &Item::stages));
}

TEST(TileSchedule, GoesHeadByHeadWhereLengthsAreMany) {
  const std::vector<Item> items =
      make_tile_schedule(plan_of("dense(causal)", 4000), 3).items.expanded();
  EXPECT_TRUE(std::ranges::is_sorted(items, {}, &Item::head));
  EXPECT_TRUE(std::ranges::is_sorted(
      items, {}, [](const Item& item) { return std::pair(item.head, -item.stages); }));
}

TEST(TileSchedule, LooksAtMasksOnlyWhereTheBandCuts) {
  const TileSchedule schedule = make_tile_schedule(plan_of("window(1024,causal)", 8192), 1);
  for (const Item& item : schedule.items.expanded()) {
    int masked = 0;
    for (int s = 0; s < item.stages; ++s) {
      masked += schedule.stages[static_cast<std::size_t>(item.first_stage + s)].mask >= 0;
    }
    EXPECT_LE(masked, 2) << "tile at row " << item.first_row;
  }
}

TEST(TileSchedule, KeepsEqualMasksOnce) {
  const TileSchedule schedule = make_tile_schedule(plan_of("window(1024,causal)", 32768), 1);
  EXPECT_LE(schedule.masks.size(), 12u);
}

TEST(TileSchedule, SharesNoStageBetweenGroupsWithoutCommonKeys) {
  const BlockPlan plan = plan_of("random(8,seed=3,block=64)", 16384);
  const TileSchedule schedule = make_tile_schedule(plan, 1);
  std::int64_t worked = 0;
  for (const Stage& stage : schedule.stages) {
    worked += (stage.kind[0] != kSkipped) + (stage.kind[1] != kSkipped);
  }
  EXPECT_LE(worked * 2, plan.tiles() * 5 / 4);
}

TEST(TileSchedule, RefusesSlotsThatNoTensorMapReaches) {
  BlockPlan plan = plan_of("dense()", 64);
  plan.runs[0].first_slot = std::int64_t{1} << 31;
  EXPECT_THROW(make_tile_schedule(plan, 1), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::cuda
