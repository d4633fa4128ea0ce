// plan == definition: every pattern, and random compositions of them, on small shapes with torn
// ends.
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/listed.h"
#include "attention/patterns/pattern.h"
#include "attention/patterns/pattern_list.h"
#include "attention/patterns/staircase.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace heddle::attention {
namespace {

std::string describe_shape(const PlanShape& s) {
  return "queries " + std::to_string(s.first_query) + "+" + std::to_string(s.queries) + ", keys " +
         std::to_string(s.first_key) + "+" + std::to_string(s.keys) + ", blocks " +
         std::to_string(s.query_block) + " x " + std::to_string(s.key_block);
}

void expect_plan_is_definition(const Pattern& pattern, const PlanShape& shape) {
  for (const BlockPlan& planned : {plan(pattern, shape), plan_in_order(pattern, shape)}) {
    ASSERT_NO_THROW(validate(planned)) << pattern.text() << ", " << describe_shape(shape);
    std::int64_t pairs = 0;
    for (int head = 0; head < planned.heads; ++head) {
      for (std::int64_t q = shape.first_query; q < shape.first_query + shape.queries; ++q) {
        for (std::int64_t k = shape.first_key; k < shape.first_key + shape.keys; ++k) {
          pairs += pattern.attends(head, q, k);
          ASSERT_EQ(attends(planned, head, q, k), pattern.attends(head, q, k))
              << pattern.text() << ", head " << head << ", q " << q << ", k " << k << ", "
              << describe_shape(shape);
        }
      }
    }
    // No pair is in both the rows and the strands: they would be counted twice.
    ASSERT_EQ(attended_pairs(planned), pairs) << pattern.text() << ", " << describe_shape(shape);
  }
}

const std::vector<PlanShape>& small_shapes() {
  static const std::vector<PlanShape> kShapes{
      {2, 0, 64, 0, 64, 16, 16},
      {2, 0, 70, 0, 70, 16, 16},
      {2, 5, 1, 0, 6, 16, 16},
      {2, 13, 50, 3, 81, 16, 16},
      {2, 100, 40, 37, 90, 16, 16},
      {2, 0, 130, 0, 130, 64, 64},
      {2, 61, 70, 1, 150, 64, 64},
      {2, 63, 2, 60, 10, 64, 64},
      {2, 30, 90, 30, 90, 16, 64},
      {2, 30, 90, 30, 90, 64, 16},
      {2, 7, 60, 0, 140, 16, 128},
      {2, 0, 33, 40, 30, 16, 16},
      {2, 1000, 20, 900, 140, 16, 16},
      {2, 0, 20, 0, 0, 16, 16},
  };
  return kShapes;
}

class EveryPattern : public testing::TestWithParam<std::string> {};

TEST_P(EveryPattern, PlansExactlyItsDefinition) {
  for (const PlanShape& shape : small_shapes()) {
    expect_plan_is_definition(parse_pattern(GetParam()), shape);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Patterns,
    EveryPattern,
    testing::Values("window(0)",
                    "window(5)",
                    "window(16)",
                    "window(40,causal)",
                    "window(200)",
                    "window(1000000000000,causal)",
                    "strided(1)",
                    "strided(7)",
                    "strided(16,causal)",
                    "strided(1000000000000)",
                    "dilated(3,4)",
                    "dilated(10,16,causal)",
                    "dilated(0,5)",
                    "block_local(1)",
                    "block_local(16)",
                    "block_local(23)",
                    "block_local(500)",
                    "global(0:16)",
                    "global(3:1)",
                    "global(40:30)",
                    "global(5000:3)",
                    "random(2,seed=7,block=16,of=9)",
                    "random(3,seed=1,block=5)",
                    "random(256,seed=2,block=1,of=100)",
                    "dense()",
                    "dense(causal)",
                    "fixed(16,3)",
                    "fixed(23,2,causal)",
                    "fixed(64,64,causal)",
                    "neighbourhood(4,5,3)",
                    "neighbourhood(8,8,8)",
                    "neighbourhood(3,7,2,time=2)",
                    "neighbourhood(4,4,3,time=3,frames=5)",
                    "neighbourhood(9,30,5,time=2) & dense(causal)",
                    "window(20) | global(0:16) | random(2,seed=3,block=16,of=8)",
                    "window(10) & strided(3)",
                    "strided(4) & strided(6,causal)",
                    "strided(999999999989) & strided(999999999961)",
                    "dense(causal) & (window(30) | global(2:9))",
                    "per_head(window(8); dense(causal))",
                    "window(4) | per_head(global(0:2); strided(9)) & dense(causal)"));

/// A random expression of the grammar.
class Composer {
 public:
  explicit Composer(std::uint32_t seed) : random_(seed) {}

  Pattern compose(int depth) {
    if (depth == 0) return leaf();
    switch (below(4)) {
      case 0:
        return compose(depth - 1) | compose(depth - 1);
      case 1:
        return compose(depth - 1) & compose(depth - 1);
      case 2:
        return per_head({compose(depth - 1), compose(depth - 1)});
      default:
        return leaf();
    }
  }

  PlanShape shape() {
    const int blocks[] = {16, 64};
    return {2, below(90), below(100), below(90), below(120), blocks[below(2)], blocks[below(2)]};
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }
  Direction direction() { return below(2) == 0 ? Direction::kBoth : Direction::kCausal; }

  Pattern leaf() {
    switch (below(9)) {
      case 0:
        return window(below(80), direction());
      case 1:
        return strided(1 + below(20), direction());
      case 2:
        return dilated(below(10), 1 + below(9), direction());
      case 3:
        return block_local(1 + below(70));
      case 4:
        return global(below(150), 1 + below(40));
      case 5:
        return random_blocks(1 + below(4), 1 + below(33), below(12), random_());
      case 6: {
        const int block = 1 + below(40);
        return fixed(block, 1 + below(block), direction());
      }
      case 7: {
        Grid grid = {.height = 1 + below(6), .width = 1 + below(20), .time_kernel = 1 + below(3)};
        grid.kernel = 1 + below(static_cast<int>(std::min(grid.height, grid.width)));
        if (below(2) == 0) grid.frames = grid.time_kernel + below(3);
        return neighbourhood(grid);
      }
      default:
        return dense(direction());
    }
  }

  std::mt19937 random_;
};

class RandomCompositions : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomCompositions, PlanExactlyTheirDefinitionAndReadBackAsWritten) {
  Composer composer(GetParam());
  for (int i = 0; i < 50; ++i) {
    const Pattern pattern = composer.compose(3);
    const PlanShape shape = composer.shape();
    expect_plan_is_definition(pattern, shape);
    const Pattern read = parse_pattern(pattern.text());
    EXPECT_EQ(read.text(), pattern.text());
    EXPECT_EQ(plan(read, shape), plan(pattern, shape)) << pattern.text();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCompositions, testing::Range(1u, 13u));

/// Random lists of the blocks up to the query's own.
Pattern random_lists(std::mt19937& random,
                     int heads,
                     std::int64_t query_block,
                     std::int64_t key_block) {
  BlockLists lists = {.heads = heads, .query_block = query_block, .key_block = key_block};
  for (std::int64_t row = 0; row < heads * (190 / query_block + 1); ++row) {
    for (std::int64_t block = 0; block < 200 / key_block; ++block) {
      if (random() % 3 == 0) lists.blocks.push_back(block);
    }
    lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
  }
  return listed(std::move(lists));
}

TEST(ListedBlocks, PlanExactlyTheirListsAloneAndComposed) {
  std::mt19937 random(5);
  for (const std::int64_t block : {1, 7, 16, 64}) {
    const Pattern some = random_lists(random, 2, block, 16);
    const Pattern other = random_lists(random, 1, 64, block);
    for (const PlanShape& shape : small_shapes()) {
      expect_plan_is_definition(some, shape);
      expect_plan_is_definition(some & other, shape);
      expect_plan_is_definition((some & dense(Direction::kCausal)) | window(3), shape);
    }
  }
}

TEST(ListedBlocks, RefuseListsThatDoNotAscend) {
  EXPECT_THROW(listed({.row_begin = {0, 2}, .blocks = {3, 3}}), std::invalid_argument);
  EXPECT_THROW(listed({.heads = 2, .row_begin = {0, 1}, .blocks = {3}}), std::invalid_argument);
}

/// Closed blocks row by row, as they were once planned.
Pattern listed_stairs(std::int64_t block) {
  BlockLists lists = {.query_block = 1, .key_block = 1};
  for (std::int64_t q = 0; q < 200; ++q) {
    for (std::int64_t k = 0; k < (q + 1) / block; ++k) lists.blocks.push_back(k);
    lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
  }
  return listed(std::move(lists));
}

TEST(Staircase, PlansExactlyItsDefinitionAloneAndComposed) {
  for (const std::int64_t block : {1, 5, 16, 64, 100, 1'000'000}) {
    const Pattern stairs = staircase(block);
    for (const PlanShape& shape : small_shapes()) {
      expect_plan_is_definition(stairs, shape);
      expect_plan_is_definition((stairs & window(20)) | global(3, 2), shape);
    }
    const PlanShape shape{1, 0, 200, 0, 200, 64, 16};
    EXPECT_EQ(plan(stairs, shape), plan(listed_stairs(block), shape)) << block;
  }
  EXPECT_THROW(staircase(0), std::invalid_argument);
}

/// A 2-D check written another way: distances to a window that was pushed inside.
TEST(Neighbourhood, GivesEveryCellAsManyNeighbours) {
  const Pattern pattern = parse_pattern("neighbourhood(5,7,3,time=3,frames=4)");
  for (std::int64_t q = 0; q < 4 * 35; ++q) {
    int attended = 0;
    for (std::int64_t k = 0; k < 5 * 35; ++k) attended += pattern.attends(0, q, k);
    EXPECT_EQ(attended, 27) << "query " << q;
    EXPECT_TRUE(pattern.attends(0, q, q));
  }
}

std::set<TileKind> kinds_of(const BlockPlan& planned) {
  std::set<TileKind> kinds;
  for (const TileRun& run : planned.runs) kinds.insert(run.kind);
  return kinds;
}

TEST(Plan, SaysBitsOnlyWhereNothingSimplerIsTrue) {
  const PlanShape shape{1, 0, 256, 0, 256, 64, 64};
  EXPECT_EQ(kinds_of(plan(window(100), shape)), (std::set{TileKind::kFull, TileKind::kBand}));
  EXPECT_EQ(kinds_of(plan(global(0, 64), shape)), std::set{TileKind::kFull});
  EXPECT_EQ(kinds_of(plan(dense(), shape)), std::set{TileKind::kFull});
  EXPECT_EQ(kinds_of(plan_in_order(strided(2), shape)), std::set{TileKind::kBits});
  const PlanShape later{1, 64, 192, 0, 256, 64, 64};
  EXPECT_EQ(kinds_of(plan(global(0, 16), later)), std::set{TileKind::kPrefix});
}

TEST(Plan, NamesTheSameSetAlikeHoweverItIsWritten) {
  const PlanShape shape{1, 3, 300, 0, 310, 64, 64};
  EXPECT_EQ(plan(window(70) | window(20), shape), plan(window(70), shape));
  EXPECT_EQ(plan(global(0, 32) | global(32, 32), shape), plan(global(0, 64), shape));
  EXPECT_EQ(plan(window(40) & dense(Direction::kCausal), shape),
            plan(window(40, Direction::kCausal), shape));
  EXPECT_EQ(plan(strided(1), shape), plan(dense(), shape));
  EXPECT_EQ(plan(dilated(30, 1), shape), plan(window(30), shape));
}

TEST(Plan, ANarrowBandIsOneRunARow) {
  const BlockPlan planned = plan(window(10), {1, 0, 64 * 20, 0, 64 * 20, 64, 64});
  ASSERT_EQ(planned.runs.size(), 20u);
  EXPECT_EQ(planned.runs[7].kind, TileKind::kBand);
  EXPECT_EQ(planned.runs[7].count, 3);
  EXPECT_EQ(planned.runs[7].lo, -10);
  EXPECT_EQ(planned.runs[7].hi, 10);
}

TEST(Plan, AStridedPatternIsABandOfEachStrandAndStrandsAlikeShareAPlan) {
  const BlockPlan planned = plan(dilated(10, 8), {1, 0, 64 * 80, 0, 64 * 80, 64, 64});
  EXPECT_TRUE(planned.runs.empty());
  EXPECT_EQ(planned.strands.stride, 8);
  ASSERT_EQ(planned.strands.plans.size(), 1u);
  EXPECT_EQ(planned.strands.plans[0].queries, 640);
  EXPECT_EQ(planned.strands.plans[0], plan(window(10), {1, 0, 640, 0, 640, 64, 64}));
}

TEST(Plan, TheRowsKeepWhatTheyShareWithTheStrands) {
  const PlanShape shape{1, 0, 640, 0, 640, 64, 64};
  const BlockPlan planned = plan(window(100) | strided(16), shape);
  EXPECT_EQ(planned.runs, plan(window(100), shape).runs);
  EXPECT_EQ(planned.strands.stride, 16);
  EXPECT_EQ(plan(window(100) | dilated(12, 8), shape), plan(window(100), shape));
}

TEST(Plan, OfPatternsThatDependOnMoreThanTheDistanceHasNoStrands) {
  const PlanShape shape{1, 0, 640, 0, 640, 64, 64};
  for (const char* text : {"strided(16) | global(0:4)",
                           "strided(16) & block_local(100)",
                           "dilated(4,4) | random(2,seed=1)",
                           "strided(9) | strided(10)",
                           "strided(4097)"}) {
    EXPECT_EQ(plan(parse_pattern(text), shape), plan_in_order(parse_pattern(text), shape)) << text;
  }
}

/// The runs of a row, each with its own bits in place of where they lie.
std::vector<std::pair<TileRun, std::vector<std::uint64_t>>> row_of(const BlockPlan& planned,
                                                                   std::int64_t row) {
  std::vector<std::pair<TileRun, std::vector<std::uint64_t>>> made;
  for (std::int64_t i = planned.row_begin.at(row); i < planned.row_begin.at(row + 1); ++i) {
    TileRun run = planned.runs[static_cast<std::size_t>(i)];
    std::vector<std::uint64_t> bits;
    if (run.kind == TileKind::kBits) {
      const auto first = planned.bits.begin() + run.argument;
      bits.assign(first, first + run.count * planned.query_block);
      run.argument = 0;
    }
    made.emplace_back(run, std::move(bits));
  }
  return made;
}

TEST(Plan, OfManyRowsIsMadeInPartsAndHasTheRowsOfShortOnes) {
  const Pattern pattern =
      parse_pattern("per_head(window(20) & strided(3); random(2,seed=5,block=8) | global(7:3))");
  constexpr std::int64_t kRows = 700;  // a head
  constexpr std::int64_t kSome = 50;
  constexpr std::int64_t kTokens = kRows * 8;
  const PlanShape shape{
      .heads = 2, .queries = kTokens, .keys = kTokens, .query_block = 8, .key_block = 8};
  const BlockPlan whole = plan(pattern, shape);
  ASSERT_NO_THROW(validate(whole));
  for (std::int64_t first = 0; first < kRows; first += kSome) {
    PlanShape part = shape;
    part.first_query = first * 8;
    part.queries = kSome * 8;
    const BlockPlan some = plan(pattern, part);
    for (std::int64_t head = 0; head < 2; ++head) {
      for (std::int64_t row = 0; row < kSome; ++row) {
        ASSERT_EQ(row_of(whole, head * kRows + first + row), row_of(some, head * kSome + row))
            << "head " << head << ", row " << first + row;
      }
    }
  }
}

TEST(Plan, RefusesImpossibleShapesWithTheirBounds) {
  EXPECT_THROW(plan(dense(), {1, -1, 4, 0, 4}), std::invalid_argument);
  EXPECT_THROW(plan(dense(), {1, 0, 4, 0, 4, 0, 64}), std::invalid_argument);
  EXPECT_THROW(plan(dense(), {1, 0, std::int64_t{1} << 62, 0, 4}), std::invalid_argument);
}

TEST(Plan, PositionsBeyondFourGigatokensStayExact) {
  const std::int64_t far = (std::int64_t{1} << 40) + 3;
  expect_plan_is_definition(parse_pattern("window(20) | strided(8) & dense(causal)"),
                            {1, far, 40, far - 30, 80, 16, 16});
}

TEST(PatternList, EveryRowIsCoveredByATestOfItsName) {
  const std::set<std::string_view> tested{"window",
                                          "strided",
                                          "dilated",
                                          "block_local",
                                          "global",
                                          "random",
                                          "dense",
                                          "fixed",
                                          "neighbourhood",
                                          "union",
                                          "intersection",
                                          "per_head"};
  for (const PatternRow& row : pattern_rows()) {
    EXPECT_TRUE(tested.contains(row.name)) << row.name << " needs a row in EveryPattern";
    EXPECT_FALSE(row.description.empty());
  }
}

}  // namespace
}  // namespace heddle::attention
