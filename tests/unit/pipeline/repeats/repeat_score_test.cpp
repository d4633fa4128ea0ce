#include "pipeline/metrics/repeats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
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

/// Both ends overlap by four fifths of either, in one order or the other: as it is said, over all.
bool found_by_all(const io::Pair& asked, const std::vector<io::Pair>& said) {
  const auto overlap = [](const io::Pair::End& a, const io::Pair::End& b) {
    const double shared = static_cast<double>(std::min(a.end, b.end) - std::max(a.start, b.start));
    return shared >= 0.8 * static_cast<double>(a.end - a.start) &&
           shared >= 0.8 * static_cast<double>(b.end - b.start);
  };
  return std::ranges::any_of(said, [&](const io::Pair& other) {
    return (overlap(asked.first, other.first) && overlap(asked.second, other.second)) ||
           (overlap(asked.first, other.second) && overlap(asked.second, other.first));
  });
}

TEST(RepeatScore, FindsWhatALookAtEveryPairFinds) {
  std::mt19937 random(7);
  const auto drawn = [&random](int pairs) {
    std::vector<io::Pair> made;
    for (int i = 0; i < pairs; ++i) {
      const std::int64_t length = std::int64_t{300} << (random() % 6);
      const std::int64_t longer = length + static_cast<std::int64_t>(random() % (length / 2));
      made.push_back(pair_at(static_cast<std::int64_t>(random() % 40) * 700,
                             1'000'000 + static_cast<std::int64_t>(random() % 40) * 700,
                             longer));
    }
    return made;
  };
  const std::vector<io::Pair> truth = drawn(300), said = drawn(300);
  std::int64_t found = 0;
  for (const io::Pair& pair : truth) found += found_by_all(pair, said) ? 1 : 0;
  EXPECT_EQ(score_repeats(truth, said).found, found);
  EXPECT_GT(found, 20);
  EXPECT_LT(found, 280);
}

TEST(RepeatScore, AnEndOfABillionBasesTakesNoMoreMemoryThanAnother) {
  std::vector<io::Pair> pairs(10'000, pair_at(0, std::int64_t{1} << 39, std::int64_t{1} << 38));
  pairs.push_back(pair_at(5000, 1000, 1000));
  const RepeatScore score = score_repeats(pairs, pairs);  // ends within the memory of a test
  EXPECT_EQ(score.found, 10'001);
}

}  // namespace
}  // namespace heddle::pipeline
