#include "pipeline/heads/repeats/pair_search.h"

#include "pipeline/heads/repeats/pairs_in_arrays.h"
#include "tests/unit/pipeline/repeats/random_bases.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace heddle::pipeline {
namespace {

std::vector<RepeatPair> pairs_of(const std::string& bases, const RepeatOptions& options = {}) {
  PairSearch search(options);
  search.begin();
  constexpr std::size_t kBlock = 1 << 16;
  for (std::size_t at = 0; at < bases.size(); at += kBlock) search.push(bases.substr(at, kBlock));
  return search.finish();
}

void expect_near(std::int64_t value, std::size_t wanted) {
  EXPECT_LE(std::abs(value - static_cast<std::int64_t>(wanted)), 15) << value << " " << wanted;
}

struct Planted {
  std::size_t length, distance;
  double identity;
  bool inverted;
};

class PlantedPair : public testing::TestWithParam<Planted> {};

TEST_P(PlantedPair, IsFoundWithItsEndsAndNothingElseIs) {
  const Planted& planted = GetParam();
  std::mt19937 random(11);
  const std::string unit = random_bases(planted.length, random);
  const std::string copy = changed(unit, 1 - planted.identity, random);
  const std::string bases = random_bases(5000, random) + unit +
                            random_bases(planted.distance, random) +
                            (planted.inverted ? reversed(copy) : copy) + random_bases(700, random);
  const auto pairs = pairs_of(bases);
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].inverted, planted.inverted);
  expect_near(pairs[0].early_begin, 5000);
  expect_near(pairs[0].early_end, 5000 + planted.length);
  expect_near(pairs[0].begin, 5000 + planted.length + planted.distance);
  expect_near(pairs[0].end, 5000 + 2 * planted.length + planted.distance);
  EXPECT_NEAR(pairs[0].identity(), planted.identity, 0.03);
}

INSTANTIATE_TEST_SUITE_P(Lengths,
                         PlantedPair,
                         testing::Values(Planted{300, 2000, 0.95, false},
                                         Planted{300, 2000, 0.95, true},
                                         Planted{1000, 150000, 0.85, false},
                                         Planted{1000, 150000, 0.85, true},
                                         Planted{20000, 70000, 0.9, false},
                                         Planted{120, 400, 1.0, true}));

TEST(PairSearch, FindsNothingInRandomSequence) {
  std::mt19937 random(5);
  EXPECT_TRUE(pairs_of(random_bases(300000, random)).empty());
}

TEST(PairSearch, NeverTakesUnknownBasesForCopies) {
  std::mt19937 random(5);
  const std::string gap(5000, 'N');
  EXPECT_TRUE(
      pairs_of(random_bases(3000, random) + gap + random_bases(3000, random) + gap).empty());
}

TEST(Extension, OfANearCopyDoesNotSlipOntoTheSequenceItself) {
  std::mt19937 random(16);
  const std::string simple(60, 'A');
  BaseRing bases(4096);
  bases.push(random_bases(100, random) + simple + random_bases(1000, random));
  const Walk later{bases, 110, true, false}, earlier{bases, 100, true, false};
  Extension extension;
  EXPECT_GT(extension.extend(later, earlier, {1000, 1000}, 0).a, 900);
  EXPECT_LT(extension.extend(later, earlier, {1000, 1000, -5}, 0).a, 100);
}

TEST(Extension, TakesAllOfEqualWalksInEitherDirectionAndSaysThatItHadToEnd) {
  std::mt19937 random(17);
  const std::string unit = random_bases(3000, random);
  BaseRing bases(16384);
  bases.push(unit + reversed(unit) + unit);
  Extension extension;
  const Walk first{bases, 0, true, false}, third{bases, 6000, true, false};
  const Walk turned{bases, 6000, false, true}, behind{bases, 9000, false, false};
  const Walk before{bases, 3000, false, false};
  EXPECT_EQ(extension.extend(first, third, {3000, 3000}, 0).a, 3000);
  EXPECT_EQ(extension.extend(first, turned, {3000, 3000}, 0).b, 3000);
  const Extent back = extension.extend(behind, before, {3000, 3000}, 0);
  EXPECT_EQ(back.matches(), 3000);
  EXPECT_TRUE(back.limited);
}

TEST(PairSearch, ForgetsWhatLiesBeyondItsMemory) {
  std::mt19937 random(8);
  const std::string unit = random_bases(500, random);
  const std::string bases = unit + random_bases(200000, random) + unit;
  EXPECT_EQ(pairs_of(bases, {.memory = 1 << 18}).size(), 1u);
  EXPECT_TRUE(pairs_of(bases, {.memory = 1 << 16}).empty());
}

TEST(PairSearch, TellsARepeatBrokenByAnInsertionWholeAndInParts) {
  std::mt19937 random(9);
  const std::string left = random_bases(800, random), right = random_bases(900, random);
  const std::string bases = random_bases(3000, random) + left + right + random_bases(4000, random) +
                            left + random_bases(300, random) + right + random_bases(500, random);
  const auto pairs = pairs_of(bases);
  ASSERT_EQ(pairs.size(), 3u);
  std::int64_t longest = 0;
  for (const RepeatPair& pair : pairs) longest = std::max(longest, pair.end - pair.begin);
  expect_near(longest, 2000);
}

TEST(PairSearch, KeepsTheBestPairsOfALocus) {
  std::mt19937 random(10);
  const std::string unit = random_bases(400, random);
  std::string bases = random_bases(1000, random);
  for (int copy = 0; copy < 12; ++copy) {
    bases += changed(unit, 0.05, random) + random_bases(1000, random);
  }
  EXPECT_EQ(pairs_of(bases).size(), 66u);
  EXPECT_LE(pairs_of(bases, {.pairs_per_locus = 3}).size(), 3u * 12u);
}

TEST(PairSearch, OfALargeFamilyMostCopiesAreToldOftenEachSomewhereAndNoneWithEveryOther) {
  std::mt19937 random(21);
  const std::string unit = random_bases(300, random);
  std::string bases;
  std::vector<std::int64_t> ends;  // of the copies; at no regular distance, or they were an array
  for (int copy = 0; copy < 300; ++copy) {
    bases += random_bases(400 + random() % 2000, random) + changed(unit, 0.1, random);
    ends.push_back(static_cast<std::int64_t>(bases.size()));
  }
  std::vector<int> told(ends.size());
  const auto count = [&](std::int64_t begin, std::int64_t end) {
    const auto copy = std::ranges::upper_bound(ends, (begin + end) / 2) - ends.begin();
    ++told[std::min(static_cast<std::size_t>(copy), told.size() - 1)];
  };
  for (const RepeatPair& pair : pairs_of(bases)) {
    count(pair.begin, pair.end);
    count(pair.early_begin, pair.early_end);
  }
  // The worst copies find their partners taken, and are told in few pairs; pairs that end a little
  // apart do not fill the same loci.
  EXPECT_GE(std::ranges::count_if(told, [](int pairs) { return pairs >= 10; }), 270);
  EXPECT_LE(*std::ranges::max_element(told), 100);
  EXPECT_GE(*std::ranges::min_element(told), 1);
}

std::string array_of(const std::string& unit, int copies, double changes, std::mt19937& random) {
  std::string array;
  for (int copy = 0; copy < copies; ++copy) array += changed(unit, changes, random);
  return array;
}

TEST(PairSearch, WorkIsLinearInAnArrayOfALongPeriod) {
  std::mt19937 random(12);
  const std::string unit = random_bases(1200, random);
  const auto work = [&](int copies) {
    PairSearch search(RepeatOptions{});
    search.begin();
    const std::string bases = array_of(unit, copies, 0.02, random);
    for (std::size_t at = 0; at < bases.size(); at += 1 << 16) {
      search.push(bases.substr(at, 1 << 16));
    }
    search.finish();
    return search.work();
  };
  EXPECT_LT(work(800), 6 * work(200));
}

TEST(PairSearch, WorkIsBoundedWhateverTheSequence) {
  // Copies of one unit too worn to be aligned for long, and never in line.
  std::mt19937 random(13);
  const std::string unit = random_bases(150, random);
  PairSearch search(RepeatOptions{});
  search.begin();
  std::string bases;
  while (bases.size() < 300000) bases += changed(unit, 0.15, random) + random_bases(7, random);
  for (std::size_t at = 0; at < bases.size(); at += 1 << 16) search.push(bases.substr(at, 1 << 16));
  search.finish();
  EXPECT_LT(search.work(), 600 * static_cast<std::int64_t>(bases.size()));
}

TEST(PairSearch, DoesNotLookForCopiesInSmallLetters) {
  std::mt19937 random(14);
  const std::string unit = random_bases(500, random);
  std::string marked = unit;
  for (char& base : marked) base = static_cast<char>(base | 0x20);
  const std::string before = random_bases(2000, random), after = random_bases(2000, random);
  EXPECT_EQ(pairs_of(unit + before + unit + after).size(), 1u);
  EXPECT_TRUE(pairs_of(marked + before + unit + after).empty());
  EXPECT_TRUE(pairs_of(unit + before + marked + after).empty());
}

TEST(PairsInArrays, LeavesOutWhatLiesInOneArrayOfThreeCopiesAndKeepsWhatLeadsOutOfIt) {
  const std::vector<ArrayStretch> arrays{{1000, 5000, 30}, {8000, 9000, 30}, {20000, 20600, 300}};
  std::vector<RepeatPair> pairs{
      {.begin = 2000, .end = 4990, .early_begin = 1010, .early_end = 3990},
      {.begin = 8100, .end = 8900, .early_begin = 1100, .early_end = 1900},
      {.begin = 4000, .end = 6000, .early_begin = 1000, .early_end = 3000},
      {.begin = 20300, .end = 20600, .early_begin = 20000, .early_end = 20300}};
  leave_out_pairs_in_arrays(arrays, pairs);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].begin, 8100);
  EXPECT_EQ(pairs[1].end, 6000);
  EXPECT_EQ(pairs[2].begin, 20300);
}

TEST(PairsInArrays, TellsAnArrayOfALongPeriodByItsShortestDistance) {
  std::mt19937 random(15);
  const std::string unit = random_bases(1500, random);
  auto pairs = pairs_of(random_bases(3000, random) + array_of(unit, 40, 0.02, random) +
                        random_bases(3000, random));
  leave_out_pairs_in_arrays({}, pairs);
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].begin - pairs[0].early_begin, 1500);
  expect_near(pairs[0].early_begin, 3000);
  expect_near(pairs[0].end, 3000 + 40 * 1500);
}

}  // namespace
}  // namespace heddle::pipeline
