// What the kernels that own key gradients walk says the same as what the forward kernels walk.

#include "attention/backend/cuda/key_schedule.h"

#include "attention/patterns/pattern.h"
#include "tests/unit/attention/cuda/schedule_pairs.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace heddle::attention::cuda {
namespace {

using kernel_tests::CaseShape;

bool allowed(const KeySchedule& schedule, const QueryStage& stage, int group, int i, int j) {
  if (stage.kind[group] != kMasked) return stage.kind[group] == kWhole;
  const HalfMask& mask = schedule.masks[static_cast<std::size_t>(stage.mask)].of[group];
  if (j - i < mask.lo || j - i > mask.hi || j >= mask.keys) return false;
  if (mask.bits < 0) return true;
  return schedule.bits[static_cast<std::size_t>(mask.bits * kHalfKeys + i)] >> j & 1;
}

/// Every pair the schedule lets attend, and how often.
std::map<Pair, int> pairs_of(const KeySchedule& schedule, const std::vector<std::int64_t>& slots) {
  std::map<Pair, int> pairs;
  const int share = schedule.heads / schedule.kv_heads;
  for (const Item& item : schedule.items.expanded()) {
    for (int s = 0; s < item.stages; ++s) {
      const QueryStage& stage = schedule.stages[static_cast<std::size_t>(item.first_stage + s)];
      for (int at = 0; at < kTileQueries * kGroupQueries; ++at) {
        const int group = at / (kHalfKeys * kGroupQueries);
        const int i = at / kGroupQueries % kHalfKeys;
        const int j = at % kGroupQueries;
        const std::int64_t query = stage.row + j;
        const std::int64_t slot = item.first_row + group * kHalfKeys + i;
        if (query < 0 || query >= schedule.queries) continue;
        if (!allowed(schedule, stage, group, i, j)) continue;
        EXPECT_LT(slot, slots[static_cast<std::size_t>(item.segment)]);
        ++pairs[{item.head * share + stage.head, query, item.segment, slot}];
      }
    }
  }
  return pairs;
}

class KeyScheduleOfRandomPlans : public testing::TestWithParam<CaseShape> {};

TEST_P(KeyScheduleOfRandomPlans, HoldsEveryPairOfThePlanOnce) {
  const CaseShape& shape = GetParam();
  const std::vector<std::int64_t> slots = {std::min(shape.cut, shape.keys),
                                           shape.keys - std::min(shape.cut, shape.keys)};
  for (const std::uint64_t seed : {1, 2}) {
    std::mt19937_64 random(seed);
    const BlockPlan plan = kernel_tests::random_plan(shape, random);
    const auto heads = static_cast<int>(shape.heads);
    const KeySchedule made =
        make_key_schedule(plan, {heads, static_cast<int>(shape.kv_heads), slots});
    EXPECT_EQ(pairs_of(made, slots), attended_pairs(plan, heads));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    KeyScheduleOfRandomPlans,
    testing::Values(
        CaseShape{.name = "OneHead", .heads = 1, .kv_heads = 1},
        CaseShape{.name = "GroupedHeads", .heads = 4, .kv_heads = 2},
        CaseShape{.name = "PlanForEachHead", .heads = 4, .kv_heads = 2, .plan_heads = 4},
        CaseShape{.name = "TwoSegments", .heads = 1, .kv_heads = 1, .cut = 205},
        CaseShape{
            .name = "SmallBlocks", .heads = 1, .kv_heads = 1, .query_block = 16, .key_block = 16},
        CaseShape{
            .name = "OddBlocks", .heads = 1, .kv_heads = 1, .query_block = 24, .key_block = 40},
        CaseShape{.name = "WideBlocks",
                  .heads = 1,
                  .kv_heads = 1,
                  .cut = 201,
                  .query_block = 128,
                  .key_block = 256},
        CaseShape{.name = "OneQuery", .heads = 1, .kv_heads = 1, .first_query = 131, .queries = 1}),
    [](const auto& tested) { return tested.param.name; });

KeySchedule schedule_of(const std::string& pattern, std::int64_t tokens) {
  const std::int64_t slots[] = {tokens};
  return make_key_schedule(plan(parse_pattern(pattern), {.queries = tokens, .keys = tokens}),
                           {.slots = slots});
}

TEST(KeySchedule, OwnsEverySlotOnceWhereNoRowIsSplit) {
  const std::int64_t slots[] = {300, 0, 129};
  BlockPlan empty = plan(parse_pattern("dense()"), {.queries = 64, .keys = 64});
  empty.runs.clear();
  empty.row_begin = {0, 0};
  const KeySchedule made = make_key_schedule(empty, {.heads = 2, .kv_heads = 2, .slots = slots});
  std::set<std::tuple<int, int, std::int64_t>> tiles;
  for (const Item& item : made.items.expanded()) {
    EXPECT_EQ(item.stages, 0);
    EXPECT_TRUE(tiles.insert({item.head, item.segment, item.first_row}).second);
  }
  EXPECT_EQ(tiles.size(), 2u * (3 + 2));
}

TEST(KeySchedule, CutsAGlobalKeyIntoPartsThatFollowEachOther) {
  const KeySchedule made = schedule_of("window(64) | global(0:1)", 16384);
  ASSERT_EQ(made.items.merges.size(), 1u);
  std::vector<Item> parts;
  for (const Item& item : made.items.expanded()) {
    if (item.partial >= 0) parts.push_back(item);
  }
  std::sort(parts.begin(), parts.end(), [](const Item& a, const Item& b) {
    return a.partial < b.partial;
  });
  ASSERT_EQ(parts.size(), static_cast<std::size_t>(made.items.merges[0].parts));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].first_stage, parts[i - 1].first_stage + parts[i - 1].stages);
  }
}

TEST(KeySchedule, LooksAtMasksOnlyWhereTheBandCuts) {
  const KeySchedule made = schedule_of("window(1024,causal)", 8192);
  for (const Item& item : made.items.expanded()) {
    int masked = 0;
    for (int s = 0; s < item.stages; ++s) {
      masked += made.stages[static_cast<std::size_t>(item.first_stage + s)].mask >= 0;
    }
    EXPECT_LE(masked, 4) << "tile at slot " << item.first_row;
  }
  EXPECT_LE(made.masks.size(), 8u);
}

}  // namespace
}  // namespace heddle::attention::cuda
