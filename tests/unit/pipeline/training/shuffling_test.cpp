#include "pipeline/training/shuffling.h"

#include "pipeline/training/augmentation.h"
#include "tests/unit/pipeline/training/labelled_gene.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>

namespace heddle::pipeline {
namespace {

const GeneticCode kCode(11);

/// Shuffled by the first seed that shuffles it.
LabelledBases shuffled(const LabelledBases& before) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    LabelledBases window = before;
    NoiseDraws draws(seed);
    shuffle_genes(window, kCode, draws);
    if (window.bases != before.bases) return window;
  }
  return before;
}

std::array<int, 4> composition(const LabelledBases& window) {
  std::array<int, 4> counts{};
  for (const std::uint8_t base : window.bases) ++counts[base];
  return counts;
}

TEST(Shuffling, LeavesAnOpenFrameOfTheSameBasesThatIsNoGene) {
  for (const char strand : {'+', '-'}) {
    const LabelledBases before = with_gene(made_gene(200, 3), strand);
    LabelledBases after = shuffled(before);
    ASSERT_NE(after.bases, before.bases);
    EXPECT_EQ(composition(after), composition(before));
    for (const auto* track : {&after.plus, &after.minus, &after.starts}) {
      EXPECT_THAT(*track, testing::Each(0));
    }
    if (strand == '-') reverse_complement(after);
    std::string letters;
    for (const std::uint8_t base : after.bases) letters += "ACGT"[base];
    const std::string read = kCode.translate(letters.substr(30, 600), true);
    EXPECT_TRUE(read.starts_with('M'));
    EXPECT_EQ(read.find_first_of("*X"), read.size() - 1) << "a stop at its end and nowhere else";
  }
}

TEST(Shuffling, TakesHalfOfTheGenes) {
  int changed = 0;
  const LabelledBases before = with_gene(made_gene(60, 3));
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    LabelledBases window = before;
    NoiseDraws draws(seed);
    shuffle_genes(window, kCode, draws);
    changed += window.bases != before.bases ? 1 : 0;
    EXPECT_EQ(window.bases == before.bases, window.plus == before.plus);
  }
  EXPECT_NEAR(changed, 100, 28) << "four deviations";
}

TEST(Shuffling, LeavesWhatIsShortOverlappedOrUnknownAlone) {
  EXPECT_EQ(shuffled(with_gene(made_gene(20, 3))).plus, with_gene(made_gene(20, 3)).plus);
  LabelledBases over = with_gene(made_gene(60, 3));
  over.minus[60] = 2;
  EXPECT_EQ(shuffled(over).bases, over.bases);
  LabelledBases unknown = with_gene(made_gene(60, 3));
  unknown.bases[60] = kUnknownBase;
  EXPECT_EQ(shuffled(unknown).bases, unknown.bases);
  for (const char strand : {'+', '-'}) {
    LabelledBases ribosomal = with_gene(made_gene(60, 3), strand);
    ribosomal.rna[60] = 1;
    EXPECT_EQ(shuffled(ribosomal).bases, ribosomal.bases) << strand;
    ribosomal.rna.assign(ribosomal.rna.size(), 0);
    EXPECT_NE(shuffled(ribosomal).bases, ribosomal.bases) << strand;
  }
}

}  // namespace
}  // namespace heddle::pipeline
