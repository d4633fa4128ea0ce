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

TEST(TandemSearch, FindsNothingInRandomSequence) {
  std::mt19937 random(5);
  EXPECT_TRUE(arrays_of(random_bases(100000, random)).empty());
}

}  // namespace
}  // namespace heddle::pipeline
