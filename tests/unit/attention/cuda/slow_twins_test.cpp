// The schedules as they are made give the bytes of their slow twins: for patterns whose tiles are
// each other moved, whose tiles are equal, and for plans without any order.

#include "attention/backend/cuda/module/lanes.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/cuda/slow/schedules.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace heddle::attention::cuda {
namespace {

using kernel_tests::CaseShape;

template <class T>
void expect_same(const std::vector<T>& got, const std::vector<T>& wanted, const char* what) {
  static_assert(std::has_unique_object_representations_v<T>);
  ASSERT_EQ(got.size(), wanted.size()) << what;
  if (wanted.empty()) return;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::memcmp(&got[i], &wanted[i], sizeof(T)), 0) << what << ' ' << i;
  }
}

void expect_same(const ItemList& got, const slow::Items& wanted) {
  expect_same(got.expanded(), wanted.items, "item");
  expect_same(got.merges, wanted.merges, "merge");
  EXPECT_EQ(got.partials, wanted.partials);
  EXPECT_EQ(got.size(), std::ssize(wanted.items));
  for (const int most : {1, 3, 132}) {
    const Lanes lanes = make_lanes(got, most);
    const auto twin = slow::make_lanes(wanted.items, most);
    ASSERT_EQ(lanes.begin.size(), twin.size() + 1);
    for (std::size_t lane = 0; lane < twin.size(); ++lane) {
      const std::vector<std::int32_t> own(lanes.items.begin() + lanes.begin[lane],
                                          lanes.items.begin() + lanes.begin[lane + 1]);
      ASSERT_EQ(own, twin[lane]) << "lane " << lane << " of " << most;
    }
  }
}

void expect_twins(const BlockPlan& plan, const KeyShape& shape) {
  slow::Items items;
  const TileSchedule twin = slow::make_tile_schedule(plan, shape.heads, shape.strands, items);
  const TileSchedule made = make_tile_schedule(plan, shape.heads, shape.strands);
  expect_same(made.stages, twin.stages, "stage");
  expect_same(made.masks, twin.masks, "mask");
  expect_same(made.bits, twin.bits, "word");
  expect_same(made.items, items);
  const KeySchedule key_twin = slow::make_key_schedule(plan, shape, items);
  const KeySchedule keys = make_key_schedule(plan, shape);
  expect_same(keys.stages, key_twin.stages, "query stage");
  expect_same(keys.masks, key_twin.masks, "query mask");
  expect_same(keys.bits, key_twin.bits, "query word");
  expect_same(keys.items, items);
}

/// THE LIST of patterns: regular ones, ones whose regularity ends somewhere, ones without any.
const char* const kPatterns[] = {"dense()",
                                 "dense(causal)",
                                 "window(1024,causal)",
                                 "window(200)",
                                 "window(64)",
                                 "window(0)",
                                 "window(100000)",
                                 "window(512) | global(0:128)",
                                 "window(100) | global(0:70)",
                                 "window(300) | global(1000:130)",
                                 "window(300) | global(2900:64) | global(0:1)",
                                 "window(64) | global(0:128) | random(3,seed=7,block=64)",
                                 "random(4,seed=2,block=128)",
                                 "window(64) & block_local(1024)",
                                 "window(300,causal) & block_local(1536) | window(10)",
                                 "block_local(512)",
                                 "block_local(100)",
                                 "fixed(128,8,causal)",
                                 "per_head(window(200); dense(causal))",
                                 "per_head(window(130,causal); window(130,causal))"};

class Twins : public testing::TestWithParam<const char*> {};

TEST_P(Twins, AgreeOnWholeSequences) {
  const Pattern pattern = parse_pattern(GetParam());
  for (const std::int64_t tokens : {1, 64, 128, 1500, 3072, 4000}) {
    for (const auto& [query_block, key_block] :
         {std::pair{64, 64}, {128, 128}, {16, 16}, {24, 40}}) {
      SCOPED_TRACE(std::to_string(tokens) + " tokens, blocks of " + std::to_string(query_block));
      const BlockPlan made = plan(pattern,
                                  {.heads = 2,
                                   .queries = tokens,
                                   .keys = tokens,
                                   .query_block = query_block,
                                   .key_block = key_block});
      const std::int64_t slots[] = {tokens};
      expect_twins(made, {.heads = 2, .kv_heads = 2, .slots = slots});
      expect_twins(made, {.heads = 2, .kv_heads = 1, .slots = slots, .strands = 3});
    }
  }
}

TEST_P(Twins, AgreeOnAPieceOfASequence) {
  const Pattern pattern = parse_pattern(GetParam());
  for (const std::int64_t first : {128, 640, 1001}) {
    SCOPED_TRACE(first);
    const BlockPlan made =
        plan(pattern,
             {.heads = 2, .first_query = first, .queries = 1500, .first_key = 70, .keys = 2500});
    const std::int64_t slots[] = {2500};
    expect_twins(made, {.heads = 2, .kv_heads = 2, .slots = slots});
  }
}

INSTANTIATE_TEST_SUITE_P(Patterns, Twins, testing::ValuesIn(kPatterns), [](const auto& tested) {
  return "N" + std::to_string(tested.index);
});

TEST(Twins, AgreeOnRandomPlans) {
  for (const CaseShape& shape : {CaseShape{.name = "PlanForEachHead", .heads = 2, .plan_heads = 2},
                                 CaseShape{.name = "TwoSegments", .heads = 1, .cut = 205},
                                 CaseShape{.heads = 1, .query_block = 16, .key_block = 16},
                                 CaseShape{.heads = 1, .query_block = 24, .key_block = 40},
                                 CaseShape{.heads = 1, .first_query = 131, .queries = 1}}) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      std::mt19937_64 random(seed);
      const std::int64_t slots[] = {std::min(shape.cut, shape.keys),
                                    shape.keys - std::min(shape.cut, shape.keys)};
      expect_twins(kernel_tests::random_plan(shape, random),
                   {.heads = static_cast<int>(shape.heads),
                    .kv_heads = static_cast<int>(shape.heads),
                    .slots = slots});
    }
  }
}

TEST(Twins, AgreeWhereStretchesAreMany) {
  const std::int64_t slots[] = {40000};
  expect_twins(
      plan(parse_pattern("window(64) & block_local(1024)"), {.queries = 40000, .keys = 40000}),
      {.slots = slots});
}

/// A ring: slots go on where positions do not, and wrap.
TEST(Twins, AgreeWhereSlotsMoveByThemselves) {
  BlockPlan made = plan(parse_pattern("window(200)"), {.queries = 4096, .keys = 4096});
  for (TileRun& run : made.runs)
    run.first_slot = run.first_key < 2048 ? run.first_key + 640 : run.first_key - 2048;
  const std::int64_t slots[] = {4096};
  expect_twins(made, {.slots = slots});
  for (TileRun& run : made.runs) run.first_slot = run.first_key / 2 / 64 * 64;
  expect_twins(made, {.slots = slots});
}

}  // namespace
}  // namespace heddle::attention::cuda
