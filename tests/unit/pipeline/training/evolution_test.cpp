#include "pipeline/training/evolution.h"

#include "pipeline/training/augmentation.h"
#include "tests/unit/pipeline/training/labelled_gene.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::pipeline {
namespace {

std::string protein(const LabelledBases& window) {
  std::string letters;
  for (const ReadBase& base : read_labels(window)) letters += base.letter;
  return GeneticCode(11).translate(letters, true);
}

LabelledBases evolved(const LabelledBases& before, const Lineage& lineage, std::uint64_t seed = 1) {
  LabelledBases window = before;
  NoiseDraws draws(seed);
  evolve(window, GeneticCode(11), lineage, draws);
  return window;
}

double share_changed(const std::string& a, const std::string& b) {
  double changed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) changed += a[i] != b[i] ? 1 : 0;
  return changed / static_cast<double>(a.size());
}

double gc_of(std::span<const std::uint8_t> bases) {
  const auto gc = std::ranges::count_if(bases, [](auto base) { return base == 1 || base == 2; });
  return static_cast<double>(gc) / static_cast<double>(bases.size());
}

TEST(Evolution, ReplacesAsManyAminoAcidsAsAsked) {
  const LabelledBases before = with_gene(made_gene(3000, 9));
  for (const double share : {0., 0.2, 0.5}) {
    const LabelledBases after = evolved(before, {.gc = 0.5, .replaced = share});
    EXPECT_NEAR(share_changed(protein(before), protein(after)), share, 0.04) << share;
  }
}

TEST(Evolution, TakesWhatIsAlikeOftener) {
  std::string gene = "ATG";
  for (int i = 0; i < 2000; ++i) gene += "ATT";  // isoleucine
  const std::string after = protein(evolved(with_gene(gene + "TAA"), {.replaced = 0.5, .own = 0}));
  EXPECT_GT(std::ranges::count(after, 'V'), 5 * std::ranges::count(after, 'G'));
  EXPECT_GT(std::ranges::count(after, 'L'), 5 * std::ranges::count(after, 'D'));
}

TEST(Evolution, NeverStopsAGeneInTheMiddle) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    NoiseDraws draws(seed);
    const Lineage lineage = draw_lineage(draws);
    const std::string after = protein(evolved(with_gene(made_gene(400, 3)), lineage, seed));
    EXPECT_EQ(std::ranges::count(after, 'X'), 0) << "a stop before the end reads X";
    EXPECT_EQ(after.front(), 'M');
    EXPECT_EQ(after.back(), '*');
  }
}

TEST(Evolution, FollowsItsGcContentInGenesAndBetween) {
  LabelledBases before = with_gene(made_gene(500, 9));
  const std::size_t genes_end = before.bases.size();
  for (LabelledBases::Track* track : before.tracks()) track->resize(genes_end + 4000, 0);
  const auto between = [&](const LabelledBases& all) {
    return gc_of(std::span(all.bases).subspan(genes_end));
  };
  const LabelledBases poor = evolved(before, {.gc = 0.2, .drifted = 1});
  const LabelledBases rich = evolved(before, {.gc = 0.8, .drifted = 1});
  EXPECT_NEAR(between(poor), 0.28, 0.04);
  EXPECT_NEAR(between(rich), 0.58, 0.04);
  EXPECT_GT(gc_of(std::span(rich.bases).first(genes_end)),
            gc_of(std::span(poor.bases).first(genes_end)) + 0.15);
}

TEST(Evolution, KeepsLabelsStartsAndWhatStandsBeforeThem) {
  for (const char strand : {'+', '-'}) {
    const LabelledBases before = with_gene(made_gene(100, 4), strand);
    const LabelledBases after = evolved(before, {.replaced = 0.5, .drifted = 1});
    EXPECT_EQ(after.plus, before.plus);
    EXPECT_EQ(after.minus, before.minus);
    EXPECT_EQ(after.starts, before.starts);
    LabelledBases a = before, b = after;
    if (strand == '-') reverse_complement(a), reverse_complement(b);
    EXPECT_TRUE(std::equal(a.bases.begin() + 5, a.bases.begin() + 33, b.bases.begin() + 5));
    EXPECT_FALSE(std::equal(a.bases.begin(), a.bases.begin() + 5, b.bases.begin()) &&
                 std::equal(a.bases.end() - 30, a.bases.end(), b.bases.end() - 30));
  }
}

TEST(Evolution, KeepsRnaGenesAndUnknownBases) {
  LabelledBases before = with_gene(made_gene(20, 4));
  const std::size_t last = before.bases.size() - 1;
  for (std::size_t i = last - 9; i <= last; ++i) before.rna[i] = 1;
  before.bases[last - 12] = 4;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const LabelledBases after = evolved(before, {.drifted = 1}, seed);
    EXPECT_TRUE(std::equal(before.bases.end() - 10, before.bases.end(), after.bases.end() - 10));
    EXPECT_EQ(after.bases[last - 12], 4);
  }
}

TEST(Evolution, GivesTheSameForTheSameDraws) {
  const LabelledBases before = with_gene(made_gene(200, 10));
  EXPECT_EQ(evolved(before, {}, 7).bases, evolved(before, {}, 7).bases);
  EXPECT_NE(evolved(before, {}, 7).bases, evolved(before, {}, 8).bases);
}

}  // namespace
}  // namespace heddle::pipeline
