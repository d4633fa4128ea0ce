#include "tests/unit/pipeline/crispr/planted_arrays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// All that is told of them.
std::vector<std::string> texts(const std::vector<CrisprArray>& arrays) {
  std::vector<std::string> lines;
  for (const CrisprArray& array : arrays) {
    std::string line = array.consensus + " " + std::to_string(array.score);
    for (const CrisprArray::Repeat& repeat : array.repeats) {
      line += " " + std::to_string(repeat.begin) + "-" + std::to_string(repeat.end);
    }
    lines.push_back(line);
  }
  return lines;
}

/// Arrays, tandem repeats, runs of N and simple sequence in random order.
std::string mixture(std::mt19937& random, int parts) {
  std::string bases;
  for (int i = 0; i < parts; ++i) {
    const std::string unit = bases_of_gc(1 + random() % 90, 0.5, random);
    switch (random() % 5) {
      case 0:
        bases += array_of({.copies = 3 + random() % 6, .cut = random() % 2 == 0}, random);
        break;
      case 1:
        for (int copy = 0; copy < 6; ++copy) bases += mutated(unit, 2, random);
        break;
      case 2:
        bases.append(random() % 60, 'N');
        break;
      default:
        bases += bases_of_gc(random() % 400, 0.3, random);
    }
  }
  return bases;
}

TEST(CrisprSearch, AnArrayIsToldWithItsRepeatsAndSpacers) {
  const std::string repeat = "GTTTTAGAGCTATGCTGTTTTGAATGGTCCCAAAAC";
  std::mt19937 random(2);
  std::string bases = bases_of_gc(399, 0.5, random) + "A";
  for (const char* edges : {"CG", "GT", "TA", "AC", "CT"}) {  // no column beside the repeats agrees
    bases += repeat + edges[0] + bases_of_gc(28, 0.5, random) + edges[1];
  }
  bases += repeat + "CGGATCTTGACCATTGACGGAGCTC";
  const std::vector<CrisprArray> found = arrays_in(bases);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].consensus, repeat);
  EXPECT_THAT(places_of(found), ElementsAre(Pair(400, 400 + 6 * 36 + 5 * 30)));
  EXPECT_EQ(found[0].repeats.size(), 6U);
  EXPECT_DOUBLE_EQ(found[0].mean_spacer(), 30);
  EXPECT_DOUBLE_EQ(found[0].identity, 1);
}

TEST(CrisprSearch, HowTheBasesWereCutChangesNothing) {
  std::mt19937 random(11);
  for (int round = 0; round < 6; ++round) {
    const std::string bases = mixture(random, 40);
    for (const bool circular : {false, true}) {
      const auto whole = texts(arrays_in(bases, bases.size(), circular));
      for (const std::size_t piece : {1U, 7U, 64U, 1000U, 4097U}) {
        EXPECT_EQ(texts(arrays_in(bases, piece, circular)), whole) << piece;
      }
    }
  }
}

TEST(CrisprSearch, TellsWhatComparingAllWordsTells) {
  std::mt19937 random(12);
  std::size_t arrays = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string bases = mixture(random, 12);
    const auto slow = crispr_arrays_slow(bases);
    arrays += slow.size();
    EXPECT_EQ(texts(arrays_in(bases)), texts(slow)) << round;
  }
  EXPECT_GT(arrays, 30U);
}

TEST(CrisprSearch, EveryArrayIsOneByItsDefinition) {
  std::mt19937 random(13);
  for (const CrisprArray& array : arrays_in(mixture(random, 400))) {
    EXPECT_GE(array.repeats.size(), 3U);
    EXPECT_GE(array.consensus.size(), 23U);
    EXPECT_LE(array.consensus.size(), 50U);
    for (std::size_t i = 1; i < array.repeats.size(); ++i) {
      const std::int64_t spacer = array.repeats[i].begin - array.repeats[i - 1].end;
      EXPECT_GE(spacer, 20);
      EXPECT_LE(spacer, 60);
    }
  }
}

TEST(CrisprSearch, GoesOnFromItsSnapshotAnywhere) {
  std::mt19937 random(14);
  const std::string bases = mixture(random, 30);
  for (const bool circular : {false, true}) {
    const auto whole = texts(arrays_in(bases, bases.size(), circular));
    for (std::size_t at = 0; at <= bases.size(); at += 97) {
      std::vector<CrisprArray> found;
      CrisprSearch before;
      before.begin();
      before.push("ACGTACGTACGT", found);  // a sequence before it
      before.begin(circular);
      before.push(std::string_view(bases).substr(0, at), found);
      io::Snapshot taken;
      before.snapshot(taken);
      const std::string bytes = taken.take();
      CrisprSearch behind;
      io::Snapshot put(bytes);
      behind.snapshot(put);
      put.end();
      behind.push(std::string_view(bases).substr(at), found);
      behind.finish(found);
      ASSERT_EQ(texts(found), whole) << at;
    }
  }
}

TEST(CrisprSearch, ACircleHasTheSameArraysWhereverItIsCut) {
  std::mt19937 random(15);
  std::string bases = bases_of_gc(5000, 0.5, random) + array_of({.copies = 9}, random);
  bases += bases_of_gc(4000, 0.5, random);
  const auto length = static_cast<std::int64_t>(bases.size());
  const Places whole = places_of(arrays_in(bases, 1000, true));
  ASSERT_EQ(whole.size(), 1U);
  for (std::int64_t cut = 4900; cut < 5700; cut += 13) {
    const auto at = static_cast<std::size_t>(cut);
    const auto turned = places_of(arrays_in(bases.substr(at) + bases.substr(0, at), 1000, true));
    ASSERT_EQ(turned.size(), 1U) << cut;
    EXPECT_EQ((turned[0].first + cut) % length, whole[0].first) << cut;
    EXPECT_EQ(turned[0].second - turned[0].first, whole[0].second - whole[0].first) << cut;
  }
}

TEST(CrisprSearch, SmallLettersAreLargeOnesAndNAgreesWithNothing) {
  std::mt19937 random(16);
  const std::string around = bases_of_gc(700, 0.5, random);
  std::string bases = around + array_of({.changes = 0}, random) + around;
  const auto whole = arrays_in(bases);
  ASSERT_EQ(whole.size(), 1U);
  std::string small = bases;
  for (char& base : small) base = static_cast<char>(std::tolower(base));
  EXPECT_EQ(texts(arrays_in(small)), texts(whole));
  for (const CrisprArray::Repeat& repeat : whole[0].repeats) {
    bases[static_cast<std::size_t>(repeat.begin + 15)] = 'N';
  }
  EXPECT_EQ(places_of(arrays_in(bases)), places_of(whole)) << "one column of all is not known";
  EXPECT_TRUE(arrays_in(std::string(5000, 'N')).empty());
}

TEST(CrisprSearch, TheOtherStrandHasTheSameArrays) {
  std::mt19937 random(17);
  std::string bases;
  for (int i = 0; i < 30; ++i) {
    bases += bases_of_gc(2000, 0.5, random) + array_of({.copies = 4 + random() % 20}, random);
  }
  bases += bases_of_gc(2000, 0.5, random);
  std::string turned(bases.rbegin(), bases.rend());
  for (char& base : turned) base = "TGCA"[std::string("ACGT").find(base)];
  const auto length = static_cast<std::int64_t>(bases.size());
  Places mirrored;
  for (const auto& [begin, end] : places_of(arrays_in(turned))) {
    mirrored.emplace_back(length - end, length - begin);
  }
  const Places forward = places_of(arrays_in(bases));
  EXPECT_EQ(forward.size(), 30U);
  EXPECT_EQ(shared(forward, mirrored), 30);
  EXPECT_EQ(mirrored.size(), 30U);
}

TEST(CrisprSearch, AnArrayLongerThanItsMemoryIsToldInParts) {
  std::mt19937 random(18);
  const std::string array = array_of({.copies = 1500, .changes = 1}, random);
  const std::string around = bases_of_gc(1000, 0.5, random);
  const Places found = places_of(arrays_in(around + array + around, 5000));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(static_cast<double>(found[0].first), 1000, 10);
  EXPECT_LT(found[1].first - found[0].second, 100);
  EXPECT_NEAR(static_cast<double>(found[1].second), 1000.0 + static_cast<double>(array.size()), 10);
}

}  // namespace
}  // namespace heddle::pipeline
