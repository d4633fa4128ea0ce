#include "pipeline/training/recoding.h"

#include "pipeline/training/augmentation.h"
#include "tests/unit/pipeline/training/labelled_gene.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

std::string protein(const LabelledBases& window, int code) {
  std::string letters;
  for (const ReadBase& base : read_labels(window)) letters += base.letter;
  return GeneticCode(code).translate(letters, true);
}

CodonTable table(int code, double gc) { return synonyms(GeneticCode(code), codon_usage_at(gc)); }

double gc_of(const LabelledBases& window) {
  double gc = 0;
  const auto read = read_labels(window);
  for (const ReadBase& base : read) gc += base.letter == 'G' || base.letter == 'C' ? 1 : 0;
  return gc / static_cast<double>(read.size());
}

TEST(Recoding, KeepsTheProteinAndMovesItsGc) {
  const LabelledBases before = with_gene(made_gene(500, 9));
  LabelledBases rich = before, poor = before;
  NoiseDraws draws(1);
  recode(rich, table(11, 0.75), draws);
  recode(poor, table(11, 0.25), draws);
  EXPECT_EQ(protein(rich, 11), protein(before, 11));
  EXPECT_EQ(protein(poor, 11), protein(before, 11));
  EXPECT_GT(gc_of(rich), gc_of(before) + 0.05);
  EXPECT_LT(gc_of(poor), gc_of(before) - 0.05);
}

TEST(Recoding, WorksOnTheOtherStrandToo) {
  const LabelledBases before = with_gene(made_gene(200, 10), '-');
  LabelledBases window = before;
  NoiseDraws draws(1);
  recode(window, table(11, 0.7), draws);
  EXPECT_NE(window.bases, before.bases);
  LabelledBases turned = before;
  reverse_complement(turned);
  reverse_complement(window);
  EXPECT_EQ(protein(window, 11), protein(turned, 11));
}

TEST(Recoding, LeavesTheStartTheStopAndWhatIsNoGene) {
  const LabelledBases before = with_gene("TTGTTTTTTTTTTAA");
  LabelledBases window = before;
  NoiseDraws draws(1);
  recode(window, table(11, 0.9), draws);
  for (std::size_t i = 0; i < before.bases.size(); ++i) {
    const bool inner = i >= 33 && i < 42;
    if (inner) continue;
    EXPECT_EQ(window.bases[i], before.bases[i]) << i;
  }
  EXPECT_NE(window.bases, before.bases);
}

TEST(Recoding, WhatTwoStrandsReadStays) {
  LabelledBases window = with_gene(made_gene(100, 3));
  for (std::uint8_t& label : window.minus) label = 2;
  const LabelledBases before = window;
  NoiseDraws draws(1);
  recode(window, table(11, 0.7), draws);
  EXPECT_EQ(window.bases, before.bases);
}

TEST(Recoding, OfCodeFourMakesTgaTryptophan) {
  const LabelledBases before = with_gene("ATG" + std::string("TGATGATGATGATGATGATGA") + "TAA");
  LabelledBases window = before;
  NoiseDraws draws(1);
  recode(window, table(4, 0.6), draws);
  EXPECT_EQ(protein(window, 4), protein(before, 4));
  EXPECT_NE(window.bases, before.bases) << "TGG means the same there";
}

}  // namespace
}  // namespace heddle::pipeline
