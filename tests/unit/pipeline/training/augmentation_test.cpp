#include "pipeline/training/augmentation.h"

#include "pipeline/heads/genes/genetic_code.h"
#include "tests/unit/pipeline/training/labelled_gene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::pipeline {
namespace {

/// Aligns what labels still read with the gene: each base is in its phase, and in order. Bases lost
/// leave their place; the letters that agree are counted.
struct Alignment {
  std::size_t kept = 0, agree = 0;
  bool in_order = true;
};
Alignment align(const std::string& gene, const std::vector<ReadBase>& read) {
  // Runs of codons: with few errors the next base in its phase is the nearest one.
  Alignment made;
  std::size_t at = 0;
  for (const ReadBase& base : read) {
    while (at < gene.size() && static_cast<int>(at % 3) + 1 != base.phase) ++at;
    if (at >= gene.size()) {
      made.in_order = false;
      break;
    }
    ++made.kept;
    made.agree += gene[at] == base.letter ? 1 : 0;
    ++at;
  }
  return made;
}

TEST(Errors, AGeneStaysTranslatableByItsLabels) {
  const std::string gene = made_gene(400, 1);
  LabelledBases window = with_gene(gene);
  NoiseDraws draws(3);
  add_errors(window, 0.01, draws);
  EXPECT_NE(window.size(), with_gene(gene).size()) << "deletions outnumber insertions";
  const Alignment made = align(gene, read_labels(window));
  EXPECT_TRUE(made.in_order);
  EXPECT_GT(made.kept, gene.size() - 20);
  EXPECT_GT(made.agree, 97 * gene.size() / 100) << "a frame lost would agree by a quarter";
}

TEST(Errors, AllTracksStayBesideTheirBases) {
  LabelledBases window = with_gene(made_gene(300, 2), '-');
  NoiseDraws draws(4);
  add_errors(window, 0.1, draws);
  for (auto* track : window.labels()) EXPECT_EQ(track->size(), window.bases.size());
}

TEST(Errors, InsertedBasesRepeatTheirNeighbourAndAreOfNoGene) {
  LabelledBases window;
  for (int i = 0; i < 3000; ++i) {
    window.bases.push_back(static_cast<std::uint8_t>(i % 4));
    window.plus.push_back(static_cast<std::uint8_t>(1 + i % 3));
    window.minus.push_back(kUnlabelled);
    window.starts.push_back(0);
    window.rna.push_back(i < 1500 ? 3 : 0);
  }
  NoiseDraws draws(5);
  add_errors(window, 0.05, draws);
  int inserted = 0;
  for (std::size_t i = 1; i < window.bases.size(); ++i) {
    if (window.plus[i] != 0) continue;
    ++inserted;
    EXPECT_EQ(window.bases[i], window.bases[i - 1]);
    EXPECT_EQ(window.minus[i], kUnlabelled);
  }
  EXPECT_NEAR(inserted, 3000 * 0.05 * 0.25, 18) << "a quarter of the errors, three deviations";
  const auto behind = std::find(window.rna.begin(), window.rna.end(), 0);
  EXPECT_EQ(std::count(window.rna.begin(), behind, 3), behind - window.rna.begin());
  EXPECT_EQ(std::count(behind, window.rna.end(), 0), window.rna.end() - behind);
}

TEST(Errors, TheirNumberIsTheRateAndRunsHaveMost) {
  LabelledBases window;
  const std::string unit = "ACGTACGTACAAAAAAGT";
  for (int i = 0; i < 4000; ++i) {
    for (const char letter : unit) window.bases.push_back(base_code(letter));
  }
  for (auto* track : window.labels()) track->resize(window.bases.size());
  const auto before = static_cast<double>(window.size());
  // A label for each place of the unit, so that losses can be told apart.
  for (std::size_t i = 0; i < window.plus.size(); ++i) window.plus[i] = i % 18 >= 13 && i % 18 < 16;
  NoiseDraws draws(6);
  add_errors(window, 0.02, draws);
  const auto in_runs = std::count(window.plus.begin(), window.plus.end(), 1);
  const double lost_in_runs = 4000 * 3 - static_cast<double>(in_runs);
  // 18 bases weigh 12 + 3 + 3 * 8 = 39: of 0.02 * 18 errors a unit, 24 / 39 are on these three.
  EXPECT_NEAR(lost_in_runs, 4000 * 0.02 * 18 * 24 / 39 * 0.35, 60);
  EXPECT_NEAR(before - static_cast<double>(window.size()), before * 0.02 * 0.10, 90);
}

TEST(Errors, KnownBasesHaveAsManyBesideARunOfN) {
  LabelledBases window;
  for (int i = 0; i < 40000; ++i) window.bases.push_back(static_cast<std::uint8_t>(i % 4));
  window.bases.resize(80000, kUnknownBase);
  for (auto* track : window.labels()) track->resize(80000);
  NoiseDraws draws(7);
  add_errors(window, 0.05, draws);
  const auto known = window.size() - std::count(window.bases.begin(), window.bases.end(), 4);
  EXPECT_EQ(std::count(window.bases.begin(), window.bases.end(), 4), 40000);
  // A tenth of the errors shorten it: 35 % deletions less 25 % insertions; four deviations.
  EXPECT_NEAR(static_cast<double>(known), 40000 - 40000 * 0.05 * 0.10, 140);
}

TEST(Errors, NoneAtRateZero) {
  LabelledBases window = with_gene(made_gene(50, 2));
  NoiseDraws draws(1);
  add_errors(window, 0, draws);
  EXPECT_EQ(window.bases, with_gene(made_gene(50, 2)).bases);
}

TEST(ReverseComplement, OfAMinusGeneIsThePlusGene) {
  const std::string gene = made_gene(40, 7);
  LabelledBases window = with_gene(gene, '-');
  reverse_complement(window);
  std::string read;
  for (const ReadBase& base : read_labels(window)) read += base.letter;
  EXPECT_EQ(read, gene);
  EXPECT_EQ(window.starts[30], 1);
  EXPECT_EQ(window.starts, with_gene(gene).starts);
}

TEST(ReverseComplement, TwiceChangesNothing) {
  const LabelledBases before = with_gene(made_gene(40, 8));
  LabelledBases window = before;
  reverse_complement(window);
  EXPECT_NE(window.bases, before.bases);
  reverse_complement(window);
  EXPECT_EQ(window.bases, before.bases);
  EXPECT_EQ(window.plus, before.plus);
  EXPECT_EQ(window.minus, before.minus);
  EXPECT_EQ(window.starts, before.starts);
}

TEST(ReverseComplement, RnaGenesChangeTheirStrandAndKeepTheirKind) {
  LabelledBases window = with_gene(made_gene(10, 1));
  window.rna.assign(window.bases.size(), 0);
  window.rna[0] = 1;  // tRNA, +
  window.rna[1] = 2;  // tRNA, -
  window.rna[2] = 9;  // 23S, +
  window.rna[3] = kUnlabelled;
  const std::vector<std::uint8_t> before = window.rna;
  reverse_complement(window);
  const std::vector<std::uint8_t> end(window.rna.end() - 4, window.rna.end());
  EXPECT_THAT(end, testing::ElementsAre(kUnlabelled, 10, 1, 2));
  reverse_complement(window);
  EXPECT_EQ(window.rna, before);
}

TEST(Fit, WhatIsMissingIsNAndNobodyIsAsked) {
  LabelledBases window = with_gene(made_gene(10, 1));
  fit(window, 100);
  EXPECT_EQ(window.size(), 100);
  EXPECT_EQ(window.bases[95], kUnknownBase);
  EXPECT_EQ(window.plus[95], kUnlabelled);
  fit(window, 40);
  EXPECT_EQ(window.plus.size(), 40u);
  EXPECT_EQ(window.plus[39], 1);
}

TEST(Cut, LeavesOneSideWithItsLabels) {
  const LabelledBases before = with_gene(made_gene(60, 1));
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    LabelledBases window = before;
    NoiseDraws draws(seed);
    cut(window, draws);
    ASSERT_EQ(window.size(), before.size());
    for (std::size_t i = 0; i < window.bases.size(); ++i) {
      if (window.plus[i] == kUnlabelled) {
        EXPECT_EQ(window.bases[i], kUnknownBase);
      } else {
        EXPECT_EQ(window.bases[i], before.bases[i]);
      }
    }
  }
}

TEST(Gap, TakesBasesAndLeavesLabels) {
  const LabelledBases before = with_gene(made_gene(60, 1));
  LabelledBases window = before;
  NoiseDraws draws(2);
  add_gap(window, draws);
  EXPECT_EQ(window.plus, before.plus);
  EXPECT_GT(std::count(window.bases.begin(), window.bases.end(), kUnknownBase), 0);
}

}  // namespace
}  // namespace heddle::pipeline
