// Arrays whose places are known, and what is like arrays and is none.

#include "tests/unit/pipeline/crispr/planted_arrays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using testing::IsEmpty;

struct Setting {
  double gc;
  bool like_a_genome;
};

class Planted : public testing::TestWithParam<Setting> {};

TEST_P(Planted, ArraysAreFoundWithBothEnds) {
  const auto [gc, like_a_genome] = GetParam();
  std::mt19937 random(7);
  const LikeAGenome genome;
  std::string bases;
  Places truth;
  for (int i = 0; i < 60; ++i) {
    const std::size_t between = 2000 + random() % 3000;
    bases += like_a_genome ? genome.bases(between, random) : bases_of_gc(between, gc, random);
    const std::string array = array_of(any_plan(gc, random), random);
    const auto begin = static_cast<std::int64_t>(bases.size());
    truth.emplace_back(begin, begin + static_cast<std::int64_t>(array.size()));
    bases += array;
  }
  bases += bases_of_gc(3000, gc, random);
  const Places found = places_of(arrays_in(bases));
  const double f1 = 2.0 * shared(truth, found) / static_cast<double>(truth.size() + found.size());
  EXPECT_GE(f1, 0.95) << found.size() << " found of " << truth.size();
}

INSTANTIATE_TEST_SUITE_P(Settings,
                         Planted,
                         testing::Values(Setting{0.25, false},
                                         Setting{0.5, false},
                                         Setting{0.75, false},
                                         Setting{0.25, true},
                                         Setting{0.5, true},
                                         Setting{0.75, true}));

TEST(PlantedArrays, ThreeRepeatsAreEnoughAndTwoAreNot) {
  std::mt19937 random(3);
  for (const std::size_t copies : {2U, 3U}) {
    const std::string array = array_of({.copies = copies, .changes = 0}, random);
    const std::string bases = bases_of_gc(900, 0.5, random) + array + bases_of_gc(900, 0.5, random);
    EXPECT_EQ(arrays_in(bases).size(), copies - 2);
  }
}

TEST(PlantedArrays, TandemRepeatsOfAnyPeriodAreNone) {
  std::mt19937 random(5);
  for (std::size_t period = 1; period <= 120; period += 3) {
    for (const int changes : {0, 4, 9}) {  // of a hundred bases
      const std::string unit = bases_of_gc(period, 0.5, random);
      std::string bases = bases_of_gc(500, 0.5, random);
      for (std::size_t i = 0; i < 20; ++i) {
        bases += mutated(unit, static_cast<int>(period) * changes / 100, random);
      }
      bases += bases_of_gc(500, 0.5, random);
      EXPECT_THAT(arrays_in(bases), IsEmpty()) << "period " << period << ", " << changes << " %";
    }
  }
}

// As leucine-rich repeats and the PE/PGRS genes of M. tuberculosis: part of each unit is kept.
TEST(PlantedArrays, WornRepeatsWithOneKeptPartAreNone) {
  std::mt19937 random(6);
  for (int i = 0; i < 40; ++i) {
    const std::string kept = bases_of_gc(27, 0.5, random), worn = bases_of_gc(42, 0.5, random);
    std::string bases = bases_of_gc(500, 0.5, random);
    for (int unit = 0; unit < 8; ++unit)
      bases += mutated(kept, 1, random) + mutated(worn, 16, random);
    bases += bases_of_gc(500, 0.5, random);
    EXPECT_THAT(arrays_in(bases), IsEmpty()) << i;
  }
}

TEST(PlantedArrays, CopiesOfAnInsertionSequenceAreNone) {
  std::mt19937 random(8);
  const std::string copy = bases_of_gc(1300, 0.5, random);
  std::string bases;
  for (int i = 0; i < 30; ++i) {
    bases += bases_of_gc(i % 3 == 0 ? 40 : 2000, 0.5, random) + mutated(copy, i, random);
  }
  EXPECT_THAT(arrays_in(bases), IsEmpty());
}

TEST(PlantedArrays, CodingSequenceHasNone) {
  std::mt19937 random(9);
  EXPECT_THAT(arrays_in(LikeAGenome().bases(400000, random)), IsEmpty());
}

TEST(PlantedArrays, SpacersThatAreOneAnotherMakeItATandemRepeat) {
  std::mt19937 random(10);
  const std::string unit = bases_of_gc(70, 0.5, random);
  std::string bases = bases_of_gc(500, 0.5, random);
  for (int i = 0; i < 6; ++i) bases += unit.substr(0, 36) + mutated(unit.substr(36), 8, random);
  EXPECT_THAT(arrays_in(bases + bases_of_gc(500, 0.5, random)), IsEmpty());
}

}  // namespace
}  // namespace heddle::pipeline
