#include "pipeline/heads/repeats/tandem_search.h"

#include "tests/unit/pipeline/repeats/random_bases.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace heddle::pipeline {
namespace {

std::vector<TandemArray> arrays_of(const std::string& bases) {
  TandemSearch search(RepeatOptions{});
  search.begin();
  constexpr std::size_t kBlock = 1 << 16;
  for (std::size_t at = 0; at < bases.size(); at += kBlock) search.push(bases.substr(at, kBlock));
  return search.finish();
}

struct Planted {
  std::size_t period, copies, before;
  double identity;
};

class PlantedArray : public testing::TestWithParam<Planted> {};

TEST_P(PlantedArray, IsFoundWithItsPeriod) {
  const Planted& planted = GetParam();
  std::mt19937 random(21);
  const std::string unit = random_bases(planted.period, random);
  std::string array;
  for (std::size_t i = 0; i < planted.copies; ++i) {
    array += changed(unit, 1 - planted.identity, random);
  }
  const auto arrays =
      arrays_of(random_bases(planted.before, random) + array + random_bases(2000, random));
  bool found = false;
  std::string told;
  for (const TandemArray& one : arrays) {
    told += std::to_string(one.begin) + "-" + std::to_string(one.end) + " by " +
            std::to_string(one.period) + "; ";
    const auto end = static_cast<std::int64_t>(planted.before + array.size());
    found = found || (one.period == static_cast<int>(planted.period) &&
                      std::abs(one.begin - static_cast<std::int64_t>(planted.before)) < 16 &&
                      std::abs(one.end - end) < 16);
  }
  EXPECT_TRUE(found) << told;
}

INSTANTIATE_TEST_SUITE_P(Periods,
                         PlantedArray,
                         testing::Values(Planted{2, 30, 500, 1.0},
                                         Planted{3, 20, 500, 1.0},
                                         Planted{15, 8, 700, 0.93},
                                         Planted{64, 5, 1000, 0.9},
                                         Planted{171, 30, 65000, 0.92},
                                         Planted{500, 3, 1000, 0.95}));

std::string array_of(const std::string& unit, std::size_t length) {
  std::string array;
  while (array.size() < length) array += unit;
  array.resize(length);
  return array;
}

struct Long {
  const char* name;
  std::size_t period;
  double changes;
};

class LongArray : public testing::TestWithParam<Long> {};

// With any work left that grows with the square of the length, this takes minutes.
TEST_P(LongArray, IsOneRowWithItsPeriodWhateverItsLength) {
  const Long& wanted = GetParam();
  std::mt19937 random(22);
  constexpr std::size_t kBefore = 30000, kLength = 2000000;
  const std::string array =
      changed(array_of(random_bases(wanted.period, random), kLength), wanted.changes, random);
  const auto arrays = arrays_of(random_bases(kBefore, random) + array + random_bases(5000, random));
  std::vector<TandemArray> told;
  for (const TandemArray& one : arrays) {
    if (one.length() > 100) told.push_back(one);
  }
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].period, static_cast<int>(wanted.period));
  EXPECT_NEAR(static_cast<double>(told[0].begin), kBefore, 20);
  EXPECT_NEAR(static_cast<double>(told[0].end), kBefore + kLength, 20);
  EXPECT_NEAR(told[0].identity(), 1 - wanted.changes, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Periods,
                         LongArray,
                         testing::Values(Long{"homopolymer", 1, 0},
                                         Long{"microsatellite", 2, 0.01},
                                         Long{"minisatellite", 29, 0.02},
                                         Long{"alpha satellite", 171, 0.05}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

TEST(TandemSearch, OwnsEveryWordOfABlockThatLiesWithinALongArray) {
  std::mt19937 random(28);
  TandemSearch search(RepeatOptions{});
  search.begin();
  const std::string bases = changed(array_of(random_bases(29, random), 1 << 20), 0.03, random);
  for (std::size_t at = 0; at < bases.size(); at += 1 << 16) {
    search.push(bases.substr(at, 1 << 16));
    EXPECT_EQ(std::ranges::count(search.owned(), 0), 0) << at;
  }
}

TEST(TandemSearch, WorkIsLinearInAnArray) {
  std::mt19937 random(23);
  const std::string unit = random_bases(40, random);
  const auto work = [&](std::size_t length) {
    TandemSearch search(RepeatOptions{});
    search.begin();
    const std::string bases = array_of(unit, length);
    for (std::size_t at = 0; at < length; at += 1 << 16) search.push(bases.substr(at, 1 << 16));
    search.finish();
    return search.work();
  };
  EXPECT_LT(work(800000), 9 * work(100000));
}

TEST(TandemSearch, TellsACleanArrayOnceWithItsShortestPeriod) {
  std::mt19937 random(24);
  for (const std::size_t period : {7u, 20u, 33u}) {
    const std::string unit = random_bases(period, random);
    const auto arrays =
        arrays_of(random_bases(2000, random) + array_of(unit, 600) + random_bases(2000, random));
    ASSERT_EQ(arrays.size(), 1u) << period;
    EXPECT_EQ(arrays[0].period, static_cast<int>(period));
  }
}

TEST(TandemSearch, TellsAnArrayThatEndsWithItsSequenceOrJustBefore) {
  std::mt19937 random(29);
  for (const std::size_t behind : {0u, 1u, 5u, 20u, 50u}) {
    for (const char* unit : {"AC", "TTAGGG", "GATTACAGGA"}) {
      for (const std::size_t length : {100u, 600u, 1000u}) {
        const std::string before = random_bases(1000, random);
        const auto arrays =
            arrays_of(before + array_of(unit, length) + random_bases(behind, random));
        ASSERT_EQ(arrays.size(), 1u) << unit << ", " << length << " bases, " << behind << " behind";
        EXPECT_EQ(arrays[0].period, static_cast<int>(std::string(unit).size()));
        EXPECT_NEAR(static_cast<double>(arrays[0].length()), static_cast<double>(length), 16);
      }
    }
  }
}

TEST(TandemSearch, TellsAnArrayOnceThoughItsUnitLooksLikeItselfElsewhere) {
  // Nine bases on, eleven of these twenty agree: alone that makes a poor array of period 9 or 29.
  std::mt19937 random(25);
  const std::string bases = random_bases(3000, random) + array_of("ACGTTAGCAACGTTAGCATG", 600) +
                            random_bases(3000, random);
  const auto arrays = arrays_of(bases);
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(arrays[0].period, 20);
}

TEST(TandemSearch, TellsTwoCopiesWholeThoughTheyDifferWhereTheSecondEnds) {
  std::mt19937 random(27);
  const std::string unit = random_bases(40, random);
  std::string second = unit;
  for (const std::size_t place : {27u, 30u, 33u, 36u}) {
    second[place] = second[place] == 'A' ? 'C' : 'A';
  }
  const auto arrays =
      arrays_of(random_bases(1000, random) + unit + second + random_bases(1000, random));
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(arrays[0].period, 40);
  EXPECT_GE(arrays[0].copies(), 1.85);
}

TEST(TandemSearch, TakesThePeriodThatMostCopiesHaveNotThatOfTheFirst) {
  std::mt19937 random(26);
  const std::string unit = random_bases(60, random);
  std::string array = unit;
  array.erase(30, 2);  // the first copy lacks two bases
  for (int copy = 0; copy < 9; ++copy) array += changed(unit, 0.03, random);
  const auto arrays = arrays_of(random_bases(1000, random) + array + random_bases(1000, random));
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(arrays[0].period, 60);
}

TEST(TandemSearch, TellsTwoShortArraysOfOnePeriodBesideEachOther) {
  std::mt19937 random(5);
  const std::string one = random_bases(9, random), other = random_bases(9, random);
  // Both lie in the 64 bases from 640 on.
  const std::string bases = random_bases(644, random) + one + one + one + random_bases(6, random) +
                            other + other + other + random_bases(500, random);
  std::vector<std::int64_t> begins;
  for (const TandemArray& array : arrays_of(bases)) {
    if (array.period == 9) begins.push_back(array.begin);
  }
  ASSERT_EQ(begins.size(), 2u);
  EXPECT_NEAR(static_cast<double>(begins[0]), 644, 4);
  EXPECT_NEAR(static_cast<double>(begins[1]), 677, 4);
}

TEST(TandemSearch, TellsAWornArrayThatBreaksAsOne) {
  std::mt19937 random(9);
  const std::string unit = random_bases(171, random);
  std::string array;
  for (int copy = 0; copy < 30; ++copy) {
    // One copy in the middle has changed beyond recognition.
    array += copy == 15 ? random_bases(171, random) : changed(unit, 0.12, random);
  }
  const auto arrays = arrays_of(random_bases(2000, random) + array + random_bases(2000, random));
  int whole = 0;
  for (const TandemArray& one : arrays) {
    if (one.period < 168 || one.period > 174) continue;
    ++whole;
    EXPECT_GT(one.length(), 29 * 171);
  }
  EXPECT_EQ(whole, 1);
}

TEST(TandemSearch, TellsAWornArrayOnceNotItsPartsOfOnePeriodOrAMultipleToo) {
  std::mt19937 random(34);
  const std::string unit = random_bases(40, random);
  std::string array;
  for (int copy = 0; copy < 80; ++copy) array += changed(unit, 0.2, random);
  const auto arrays = arrays_of(random_bases(3000, random) + array + random_bases(3000, random));
  int rows = 0;
  for (const TandemArray& one : arrays) rows += one.length() > 250 ? 1 : 0;
  EXPECT_EQ(rows, 1);
}

TEST(TandemSearch, FindsNothingInRandomSequence) {
  std::mt19937 random(5);
  EXPECT_TRUE(arrays_of(random_bases(100000, random)).empty());
}

}  // namespace
}  // namespace heddle::pipeline
