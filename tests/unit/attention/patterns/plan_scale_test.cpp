// Plans of millions of tokens cost what their tiles cost.
#include "attention/patterns/pattern.h"
#include "attention/patterns/pattern_node.h"
#include "attention/patterns/staircase.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

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

struct Bound {
  std::string pattern;
  std::int64_t tiles_a_row;
  std::int64_t runs_a_row;
};
void PrintTo(const Bound& bound, std::ostream* to) { *to << bound.pattern; }

class LinearPlan : public testing::TestWithParam<Bound> {};

/// Bytes that the plan's vectors took, growth included.
std::size_t bytes_of(const BlockPlan& plan) {
  std::size_t strands = plan.strands.plan_of.capacity() * sizeof(std::int32_t);
  for (const BlockPlan& one : plan.strands.plans) strands += bytes_of(one);
  return strands + plan.row_begin.capacity() * sizeof(std::int64_t) +
         plan.runs.capacity() * sizeof(TileRun) + plan.bits.capacity() * sizeof(std::uint64_t) +
         plan.work.capacity() * sizeof(WorkItem);
}

/// What a planner asks of a pattern: how often, and for how many pieces in all.
struct Asked {
  std::atomic<std::int64_t> rows = 0;
  std::atomic<std::int64_t> pieces = 0;
};

class Counted final : public PatternNode {
 public:
  Counted(Pattern pattern, Asked& asked) : pattern_(std::move(pattern)), asked_(asked) {}

  bool attends(int head, std::int64_t q, std::int64_t k) const override {
    return pattern_.attends(head, q, k);
  }
  std::string text() const override { return pattern_.text(); }
  void describe(int head, const Region& region, std::vector<Piece>& pieces) const override {
    const std::size_t before = pieces.size();
    pattern_.node().describe(head, region, pieces);
    asked_.rows += 1;
    asked_.pieces += static_cast<std::int64_t>(pieces.size() - before);
  }
  bool per_head() const override { return pattern_.per_head(); }
  Shifts shifts() const override { return pattern_.node().shifts(); }

 private:
  Pattern pattern_;
  Asked& asked_;
};

/// A plan that looked at pairs of blocks would ask for every pair, or for a piece a block. How long
/// it takes is what `heddle bench` shows.
BlockPlan plan_in_few_pieces(const Pattern& pattern, const PlanShape& shape) {
  Asked asked;
  BlockPlan planned = plan(Pattern(std::make_shared<Counted>(pattern, asked)), shape);
  validate(planned);
  const std::int64_t rows = shape.queries / 64 + 1;
  EXPECT_LE(asked.rows, 2 * shape.heads * rows);
  EXPECT_LE(asked.pieces, 48 * asked.rows);
  return planned;
}

TEST_P(LinearPlan, OfTenMillionTokensHasItsTilesABoundedSizeAndBoundedWork) {
  const Pattern pattern = parse_pattern(GetParam().pattern);
  const BlockPlan planned = plan_in_few_pieces(pattern, {1, 0, kTokens, 0, kTokens, 64, 64});
  EXPECT_LE(planned.tiles(), GetParam().tiles_a_row * kBlocks);
  EXPECT_LE(static_cast<std::int64_t>(planned.runs.size()), GetParam().runs_a_row * kBlocks);
  // Vectors double: at most twice what the runs, the row pointers and the work list take.
  const auto row = static_cast<std::size_t>(GetParam().runs_a_row) * sizeof(TileRun) +
                   sizeof(std::int64_t) +
                   static_cast<std::size_t>(GetParam().tiles_a_row) * sizeof(WorkItem) +
                   static_cast<std::size_t>(GetParam().tiles_a_row) * 64 * sizeof(std::uint64_t);
  EXPECT_LE(bytes_of(planned), 2 * row * kBlocks);
  EXPECT_LE(bytes_of(planned), std::size_t{400} << 20);
}

INSTANTIATE_TEST_SUITE_P(
    EveryPattern,
    LinearPlan,
    testing::Values(Bound{"window(256)", 9, 3},
                    Bound{"window(1024,causal)", 17, 3},
                    Bound{"dilated(16,8,causal)", 1, 1},
                    Bound{"dilated(64,4)", 1, 1},
                    Bound{"dilated(300,1000)", 1, 1},
                    Bound{"strided(4096,causal)", 1, 1},
                    Bound{"strided(4096)", 1, 1},
                    Bound{"window(128,causal) | strided(4096,causal)", 4, 4},
                    Bound{"window(512) & dilated(64,4)", 1, 1},
                    Bound{"neighbourhood(64,64,5,time=1)", 12, 12},
                    Bound{"block_local(512)", 8, 1},
                    Bound{"global(5000000:16)", 3, 3},
                    Bound{"random(3,seed=7)", 3, 3},
                    Bound{"window(128,causal) | global(0:64) | random(3,seed=7)", 8, 7},
                    Bound{"per_head(window(64); block_local(64))", 3, 3}));

/// The inner plans of native sparse attention (mechanisms/nsa.h) that no choice makes: means of
/// blocks, whose rows are wide, and the window. Listed row by row the first would be 16 GB.
TEST(PlanScale, TheClosedBlocksOfAMillionTokensAreTwoRunsARow) {
  constexpr std::int64_t kMillion = 1 << 20;
  for (const std::int64_t block : {16, 64}) {
    const BlockPlan planned =
        plan_in_few_pieces(staircase(block), {1, 0, kMillion, 0, kMillion / block, 64, 64});
    const std::int64_t rows = kMillion / 64;
    EXPECT_LE(static_cast<std::int64_t>(planned.runs.size()), 2 * rows);
    EXPECT_LE(planned.tiles(), (kMillion / block / 64 / 2 + 1) * rows);
    EXPECT_LE(bytes_of(planned), std::size_t{64} << 20);
  }
  plan_in_few_pieces(window(511, Direction::kCausal), {1, 0, kMillion, 0, kMillion, 64, 64});
}

TEST(PlanScale, WideAndDenseRowsAreRunsSoThatTheyCostTheirRows) {
  for (const auto& [text, runs] : {std::pair{"dense()", 1},
                                   {"dense(causal)", 2},
                                   {"window(3000000)", 3},
                                   {"window(3000000,causal)", 3},
                                   {"block_local(4000000)", 1}}) {
    const BlockPlan planned = plan(parse_pattern(text), {1, 0, 4096, 0, kTokens, 64, 64});
    EXPECT_LE(static_cast<std::int64_t>(planned.runs.size()), runs * planned.query_blocks())
        << text;
    EXPECT_TRUE(planned.bits.empty()) << text;
  }
}

TEST(PlanScale, PositionsBeyondTwoToTheFortyAreNotCutShort) {
  constexpr std::int64_t kFar = (std::int64_t{1} << 40) + 64 * 5 + 3;
  const Pattern pattern = parse_pattern("window(100,causal) | strided(70,causal) & window(300)");
  const BlockPlan planned = plan(pattern, {1, kFar, 130, kFar - 400, 530, 64, 64});
  validate(planned);
  for (std::int64_t q = kFar; q < kFar + 130; q += 7) {
    for (std::int64_t k = kFar - 400; k < kFar + 130; ++k) {
      ASSERT_EQ(attends(planned, 0, q, k), pattern.attends(0, q, k)) << q - kFar << " " << k - kFar;
    }
  }
}

}  // namespace
}  // namespace heddle::attention
