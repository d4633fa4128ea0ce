// Rows that are copies of a row, moved, are the rows that sweeping each gives.

#include "attention/patterns/plan_rows.h"

#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace heddle::attention {
namespace {

class RowsAlike : public testing::TestWithParam<const char*> {};

TEST_P(RowsAlike, AreTheBytesOfRowsSweptOneByOne) {
  const Pattern pattern = parse_pattern(GetParam());
  ASSERT_TRUE(pattern.node().shifts().alike);
  const DescribeRow describe = [&](int head, const Region& region, std::vector<Piece>& pieces) {
    pattern.node().describe(head, region, pieces);
  };
  for (const auto& [query_block, key_block] : {std::pair{64, 64}, {128, 64}, {64, 128}, {16, 16}}) {
    for (const auto& [first_query, queries] :
         {std::pair{0, 3000}, {0, 40}, {70, 1000}, {1024, 640}}) {
      for (const auto& [first_key, keys] : {std::pair{0, 3000}, {33, 2000}, {512, 1500}, {0, 0}}) {
        const PlanShape shape{.heads = 2,
                              .first_query = first_query,
                              .queries = queries,
                              .first_key = first_key,
                              .keys = keys,
                              .query_block = query_block,
                              .key_block = key_block};
        const BlockPlan each = plan_rows(shape, {.per_head = pattern.per_head()}, describe);
        const BlockPlan moved =
            plan_rows(shape, {.per_head = pattern.per_head(), .alike = true}, describe);
        ASSERT_NO_THROW(validate(moved));
        ASSERT_EQ(moved, each) << first_query << '+' << queries << ", " << first_key << '+' << keys
                               << ", blocks " << query_block << " x " << key_block;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Patterns,
                         RowsAlike,
                         testing::Values("window(0)",
                                         "window(5)",
                                         "window(64)",
                                         "window(100,causal)",
                                         "window(1000)",
                                         "window(5000)",
                                         "window(70) | window(20)",
                                         "window(200) & dense(causal)",
                                         "dense()",
                                         "dense(causal)",
                                         "strided(7)",
                                         "dilated(9,5) | window(30)",
                                         "per_head(window(200); window(40,causal))"));

}  // namespace
}  // namespace heddle::attention
