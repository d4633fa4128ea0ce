// Plans of millions of tokens cost what their tiles cost.
#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 10'000'000;
constexpr std::int64_t kBlocks = (kTokens + 63) / 64;

BlockPlan plan_all(const std::string& text) {
  BlockPlan planned = plan(parse_pattern(text), {1, 0, kTokens, 0, kTokens, 64, 64});
  validate(planned);
  return planned;
}

TEST(PlanScale, AWindowOfTenMillionTokensHasNineTilesARow) {
  const BlockPlan planned = plan_all("window(256)");
  EXPECT_EQ(planned.tiles(), 9 * kBlocks - 20);
  EXPECT_EQ(static_cast<std::int64_t>(planned.runs.size()), 3 * kBlocks - 8);
  EXPECT_TRUE(planned.bits.empty());
}

TEST(PlanScale, BlockLocalOfTenMillionTokensHasItsOwnTilesOnly) {
  const BlockPlan planned = plan_all("block_local(512)");
  EXPECT_EQ(planned.tiles(), 8 * kBlocks - (8 - kBlocks % 8) % 8 * (kBlocks % 8));
  EXPECT_EQ(static_cast<std::int64_t>(planned.runs.size()), kBlocks);
}

TEST(PlanScale, GlobalTokensOfTenMillionCostARowAColumnAndOneMask) {
  const BlockPlan planned = plan_all("global(0:16)");
  EXPECT_EQ(planned.tiles(), 2 * kBlocks - 1);
  EXPECT_EQ(planned.bits.size(), 2u * 64);
}

TEST(PlanScale, RandomBlocksOfTenMillionTokensAreThreeTilesARow) {
  const BlockPlan planned = plan_all("random(3,seed=7,block=64,of=156250)");
  EXPECT_EQ(planned.tiles(), 3 * kBlocks);
}

TEST(PlanScale, TheGlobalRowIsSplitForParallelWork) {
  const BlockPlan planned = plan_all("window(256) | global(0:64) | random(3,seed=7)");
  EXPECT_LE(planned.tiles(), (9 + 1 + 3) * kBlocks + kBlocks);
  EXPECT_LE(planned.work.front().tiles, kSplitKeyBlocks);
  EXPECT_TRUE(planned.bits.empty());
}

}  // namespace
}  // namespace heddle::attention
