#include "pipeline/metrics/repeats.h"

#include <gtest/gtest.h>

#include <vector>

namespace heddle::pipeline {
namespace {

io::Pair pair_at(std::int64_t a, std::int64_t b, std::int64_t length, char strand = '+') {
  io::Pair pair;
  pair.first = {"chr", a, a + length, 0};
  pair.second = {"chr", b, b + length, 0};
  pair.strand = strand;
  pair.matches = 95;
  pair.columns = 100;
  return pair;
}

TEST(RepeatScore, APairIsFoundWhenBothEndsOverlapByFourFifthsInAnyOrder) {
  const std::vector<io::Pair> truth{pair_at(5000, 1000, 1000), pair_at(9000, 2500, 1000)};
  const std::vector<io::Pair> said{pair_at(1100, 5100, 1000), pair_at(9300, 2500, 1000)};
  const RepeatScore score = score_repeats(truth, said);
  EXPECT_EQ(score.truths, 2);
  EXPECT_EQ(score.found, 1);
  EXPECT_DOUBLE_EQ(score.precision(), 0.5);
}

TEST(RepeatScore, TheOtherStrandIsAnotherPair) {
  const std::vector<io::Pair> truth{pair_at(5000, 1000, 1000, '-')};
  const std::vector<io::Pair> said{pair_at(5000, 1000, 1000)};
  EXPECT_EQ(score_repeats(truth, said).found, 0);
}

TEST(RepeatScore, PairsWhoseEndsRunIntoEachOtherCountOnlyWhenAskedFor) {
  const std::vector<io::Pair> pairs{pair_at(1100, 1000, 1000)};
  EXPECT_EQ(score_repeats(pairs, pairs).truths, 0);
  EXPECT_EQ(score_repeats(pairs, pairs, {.arrays = true}).found, 1);
}

TEST(RepeatScore, PairsBelowTheLimitsAreAskedForByNobodyButMayAnswer) {
  const std::vector<io::Pair> truth{pair_at(5000, 1000, 305), pair_at(9000, 2500, 200)};
  const std::vector<io::Pair> said{pair_at(5000, 1000, 295)};
  const RepeatScore score = score_repeats(truth, said);
  EXPECT_EQ(score.truths, 1);
  EXPECT_DOUBLE_EQ(score.recall(), 1);
  EXPECT_EQ(score.said, 0);
}

}  // namespace
}  // namespace heddle::pipeline
