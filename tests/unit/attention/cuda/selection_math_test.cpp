// What the device computes when it chooses blocks, apart from the device: ranks, rows, stages.

#include "attention/backend/cuda/selection_math.h"

#include "attention/selectors/top_k.h"
#include "tests/unit/attention/cuda/schedule_pairs.h"
#include "tests/unit/attention/cuda/selection_twin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace heddle::attention::cuda {
namespace {

TEST(SelectionMath, RanksAsTheExactTopKDoes) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const std::vector<float> scores = hostile_scores(500, seed);
    std::vector<std::uint32_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return rank_of(scores[i]); });
    for (const std::size_t k : {1, 7, 100, 499, 500}) {
      std::vector<std::uint32_t> best(order.begin(),
                                      order.begin() + static_cast<std::ptrdiff_t>(k));
      std::ranges::sort(best);
      EXPECT_EQ(best, top_k_by_sorting(scores, k)) << k;
    }
  }
}

TEST(SelectionMath, KeepsTheLowestBits) {
  EXPECT_EQ(lowest_set(0b101101, 2), 0b101u);
  EXPECT_EQ(lowest_set(0b101101, 0), 0u);
  EXPECT_EQ(lowest_set(0b101101, -3), 0u);
  EXPECT_EQ(lowest_set(0b101101, 9), 0b101101u);
}

/// THE LIST of shapes: whole and torn ends, one query in the last group, blocks of one to eight
/// chunks, an odd number of groups, everything chosen and nothing.
const SelectionShape kShapes[] = {{.tokens = 1},
                                  {.tokens = 64, .top = 3},
                                  {.heads = 2, .tokens = 700, .top = 3},
                                  {.heads = 2, .tokens = 1153, .top = 4},
                                  {.tokens = 1500, .block = 128, .top = 3},
                                  {.tokens = 1217, .block = 192, .top = 2},
                                  {.heads = 2, .tokens = 2048, .block = 512, .top = 2},
                                  {.tokens = 1024, .block = 128, .top = 1},
                                  {.tokens = 1000, .block = 64, .top = 50}};

TEST(SelectionMath, GivesTheRunsOfThePlan) {
  for (const SelectionShape& shape : kShapes) {
    SCOPED_TRACE(shape.tokens);
    const std::int64_t groups = (shape.tokens + 63) / 64;
    const SelectionTwin twin(
        shape, hostile_scores(shape.heads * groups * ((groups - 1) / (shape.block / 64)), 4));
    for (std::int64_t row = 0; row < shape.heads * groups; ++row) {
      const auto begin = twin.plan.runs.begin();
      const std::vector<TileRun> wanted(
          begin + twin.plan.row_begin[static_cast<std::size_t>(row)],
          begin + twin.plan.row_begin[static_cast<std::size_t>(row) + 1]);
      ASSERT_EQ(twin.runs_of(row), wanted) << "row " << row;
    }
  }
}

TEST(SelectionMath, SchedulesEveryPairOnce) {
  for (const SelectionShape& shape : kShapes) {
    SCOPED_TRACE(shape.tokens);
    const std::int64_t groups = (shape.tokens + 63) / 64;
    const SelectionTwin twin(
        shape, hostile_scores(shape.heads * groups * ((groups - 1) / (shape.block / 64)), 5));
    std::map<Pair, int> pairs = pairs_of(twin.schedule());
    // A group's last key block may be longer than the keys; no query inside the view sees the rest.
    EXPECT_EQ(pairs, attended_pairs(twin.plan, shape.heads));
  }
}

}  // namespace
}  // namespace heddle::attention::cuda
