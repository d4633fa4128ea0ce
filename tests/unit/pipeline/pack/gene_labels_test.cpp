#include "pipeline/pack/gene_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr std::uint8_t kNo = kUnlabelled;

AnnotatedGene gene(char strand, std::int64_t start, std::int64_t end) {
  AnnotatedGene made;
  made.sequence = "s";
  made.strand = strand;
  made.start = start;
  made.end = end;
  made.parts = {{start, end}};
  return made;
}

LabelledBases labels(const std::vector<AnnotatedGene>& genes) {
  LabelCounts counts;
  return label_sequence("s", "ACGTNACGTAC", genes, 11, counts).labels;
}

TEST(GeneLabels, PhasesOfThePlusStrandCountFromTheLeft) {
  const LabelledBases made = labels({gene('+', 2, 8)});
  EXPECT_THAT(made.plus, ElementsAre(0, 0, 1, 2, 3, 1, 2, 3, 0, 0, 0));
  EXPECT_THAT(made.starts, ElementsAre(0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(made.minus, testing::Each(0));
  EXPECT_THAT(made.bases, ElementsAre(0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1));
}

TEST(GeneLabels, PhasesOfTheMinusStrandCountFromTheGenesOwnStart) {
  const LabelledBases made = labels({gene('-', 2, 8)});
  EXPECT_THAT(made.minus, ElementsAre(0, 0, 3, 2, 1, 3, 2, 1, 0, 0, 0));
  EXPECT_THAT(made.starts, ElementsAre(0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0));
}

TEST(GeneLabels, WhereTwoGenesOfAStrandOverlapNobodyIsAsked) {
  const LabelledBases made = labels({gene('+', 0, 6), gene('+', 5, 11)});
  EXPECT_THAT(made.plus, ElementsAre(1, 2, 3, 1, 2, kNo, 2, 3, 1, 2, 3));
}

TEST(GeneLabels, StrandsOverlapWithoutHarm) {
  const LabelledBases made = labels({gene('+', 0, 6), gene('-', 3, 9)});
  EXPECT_THAT(made.plus, ElementsAreArray({1, 2, 3, 1, 2, 3, 0, 0, 0, 0, 0}));
  EXPECT_THAT(made.minus, ElementsAreArray({0, 0, 0, 3, 2, 1, 3, 2, 1, 0, 0}));
}

TEST(GeneLabels, MarkedAndBrokenGenesAreNotAskedAbout) {
  AnnotatedGene pseudo = gene('+', 0, 3);
  pseudo.marked = true;
  const AnnotatedGene odd = gene('-', 4, 8);
  const AnnotatedGene beyond = gene('+', 9, 15);
  LabelCounts counts;
  const LabelledBases made =
      label_sequence("s", "ACGTNACGTAC", std::vector{pseudo, odd, beyond}, 11, counts).labels;
  EXPECT_THAT(made.plus, ElementsAre(kNo, kNo, kNo, 0, 0, 0, 0, 0, 0, kNo, kNo));
  EXPECT_THAT(made.minus, ElementsAre(0, 0, 0, 0, kNo, kNo, kNo, kNo, 0, 0, 0));
  EXPECT_EQ(counts.genes, 0);
  EXPECT_EQ(counts.unlabelled, 3);
}

TEST(GeneLabels, TheAnnotationsGeneticCodeWins) {
  AnnotatedGene one = gene('+', 0, 3);
  one.genetic_code = 4;
  LabelCounts counts;
  EXPECT_EQ(label_sequence("s", "ACGT", std::vector{one}, 11, counts).genetic_code, 4);
}

}  // namespace
}  // namespace heddle::pipeline
