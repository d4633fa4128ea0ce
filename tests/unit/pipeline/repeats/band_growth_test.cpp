#include "pipeline/heads/repeats/band_growth.h"

#include "tests/unit/pipeline/repeats/random_bases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace heddle::pipeline {
namespace {

struct Grown {
  BandBest best;
  std::vector<BandRow> rows;
};

class BandGrowth : public testing::TestWithParam<int> {
 protected:
  /// Copies of a pattern of this many bases that have changed, with an N and a base more.
  BandGrowth() {
    const std::string unit = random_bases(static_cast<std::size_t>(GetParam()), random_);
    std::string array;
    while (array.size() < 2000) array += changed(unit, 0.1, random_);
    array.insert(700, "G");
    array[900] = 'N';
    bases_.push(random_bases(200, random_) + array + random_bases(300, random_));
    for (std::size_t i = 0; i < unit.size() + kBandLanes; ++i) {
      pattern_.push_back(
          static_cast<std::uint8_t>(std::string("ACGT").find(unit[i % unit.size()])));
    }
  }
  Grown grow(BandBest (*how)(const BandTask&, BandRow*), bool forward, int difference) {
    Grown grown{.best = {}, .rows = std::vector<BandRow>(1500)};
    grown.best = how({.bases = bases_,
                      .at = forward ? 200 : 1800,
                      .forward = forward,
                      .pattern = pattern_.data(),
                      .period = GetParam(),
                      .place = forward ? 0 : GetParam() / 2,
                      .difference = difference,
                      .drop = 75,
                      .most = 1500},
                     grown.rows.data());
    return grown;
  }

  std::mt19937 random_{7};
  BaseRing bases_{4096};
  std::vector<std::uint8_t> pattern_;
};

TEST_P(BandGrowth, InVectorsEqualsCellByCell) {
  for (const bool forward : {true, false}) {
    for (const int difference : {-7, -4}) {
      const Grown fast = grow(grow_band, forward, difference);
      const Grown slow = grow(grow_band_simply, forward, difference);
      ASSERT_EQ(fast.best.rows, slow.best.rows);
      EXPECT_EQ(fast.best.score, slow.best.score);
      EXPECT_EQ(fast.best.row, slow.best.row);
      EXPECT_EQ(fast.best.cell, slow.best.cell);
      for (std::size_t row = 0; row < static_cast<std::size_t>(slow.best.rows); ++row) {
        ASSERT_EQ(fast.rows[row].middle, slow.rows[row].middle) << row;
        ASSERT_TRUE(
            std::equal(slow.rows[row].from, slow.rows[row].from + kBandCells, fast.rows[row].from))
            << row;
      }
    }
  }
}

TEST_P(BandGrowth, GoesAlongAnArrayToItsEnd) {
  const Grown grown = grow(grow_band, true, -4);
  EXPECT_GT(grown.best.row, 1000);
}

INSTANTIATE_TEST_SUITE_P(Periods, BandGrowth, testing::Values(1, 2, 7, 31, 171));

}  // namespace
}  // namespace heddle::pipeline
