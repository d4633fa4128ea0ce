#include "pipeline/metrics/genes.h"

#include "io/formats/annotation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

io::Gff3Row cds(std::int64_t start,
                std::int64_t end,
                char strand,
                const std::string& attributes = "") {
  return {"c", "CDS", start, end, strand, attributes};
}

io::Gff3File file(std::vector<io::Gff3Row> rows, std::int64_t length = 10000) {
  return {std::move(rows), {{"c", length}}};
}

TEST(GeneScore, AStopOnItsStrandIsFoundAndAStartMakesItExact) {
  const auto truth = file({cds(100, 400, '+'), cds(500, 800, '-'), cds(900, 1200, '+')});
  const auto predicted = file({cds(130, 400, '+'),   // another start
                               cds(500, 800, '-'),   // exact
                               cds(900, 1200, '-'),  // the other strand
                               cds(2000, 2300, '+')});
  const GeneScore score = score_genes(truth, predicted);
  EXPECT_EQ(score.truths, 3);
  EXPECT_EQ(score.found, 2);
  EXPECT_EQ(score.exact, 1);
  EXPECT_EQ(score.predicted, 4);
  EXPECT_EQ(score.right, 2);
  EXPECT_EQ(score.extra, 2);
  EXPECT_DOUBLE_EQ(score.recall(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(score.precision(), 0.5);
  EXPECT_DOUBLE_EQ(score.f1(), 4.0 / 7);
  EXPECT_DOUBLE_EQ(score.start_accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(score.exact_recall(), 1.0 / 3);
}

TEST(GeneScore, WhatIsNotWholeIsNotJudgedAndNoFault) {
  const auto truth = file({cds(0, 300, '+'),
                           cds(9700, 10000, '+'),
                           cds(1000, 1301, '+'),
                           cds(2000, 2300, '+', "ID=a;pseudo=true"),
                           cds(3000, 3300, '-', "ID=b"),
                           cds(3299, 3500, '-', "ID=b")});
  EXPECT_EQ(score_genes(truth, file({})).truths, 0);
  const auto predicted = file({cds(30, 300, '+'),       // the stop of one that is not judged
                               cds(2090, 2390, '+'),    // mostly on one
                               cds(3600, 3900, '-')});  // on none
  const GeneScore score = score_genes(truth, predicted);
  EXPECT_EQ(score.right, 1);
  EXPECT_EQ(score.extra, 1);
}

TEST(GeneScore, MarksAreAttributesAndNotWordsOfAProduct) {
  const auto truth =
      file({cds(1000, 1300, '+', "ID=a;product=tRNA pseudouridine synthase;note=part=2"),
            cds(2000, 2300, '+', "ID=b;partial=true"),
            cds(3000, 3300, '+', "ID=c;pseudogene=unknown"),
            cds(4000, 4300, '+', "ID=d;exception=ribosomal slippage"),
            cds(5000, 5300, '+', "ID=e;exception=ribosomal_slippage")});
  EXPECT_EQ(score_genes(truth, file({})).truths, 1);
}

class JudgedByRow : public testing::Test {
 protected:
  static GeneScore score(GeneRules rules) {
    const std::filesystem::path folder = std::filesystem::path(HEDDLE_TEST_DATA) / "metrics";
    return score_genes(io::read_annotation((folder / "genes.truth.gff3").string()),
                       io::read_annotation((folder / "genes.predicted.gff3").string()),
                       90,
                       rules);
  }
};

// What a scorer of a few lines says of the two files (tests/data/metrics/README.md).
TEST_F(JudgedByRow, AllNumbersAreThoseOfAScorerThatReadsLineByLine) {
  const GeneScore got = score(GeneRules::kByRow);
  EXPECT_EQ(got.truths, 7);
  EXPECT_EQ(got.predicted, 17);
  EXPECT_EQ(got.extra, 3);
  EXPECT_EQ(got.recall(), 0.7142857142857143);
  EXPECT_EQ(got.precision(), 0.7692307692307693);
  EXPECT_EQ(got.f1(), 0.7407407407407408);
  EXPECT_EQ(got.start_accuracy(), 0.6);
  EXPECT_EQ(got.exact_recall(), 0.42857142857142855);
  EXPECT_EQ(got.base_recall(), 0.7870619946091644);
  EXPECT_EQ(got.base_precision(), 0.8015371946198189);
}

// By ID the pseudouridine synthase and the one with a counterpart are judged, the two rows of a
// slip of the ribosome and what touches the end that ##sequence-region tells are not, and a
// predicted gene in two parts is one.
TEST_F(JudgedByRow, ByIdTheSameFilesHaveOtherGenes) {
  const GeneScore got = score(GeneRules::kById);
  EXPECT_EQ(got.truths, 6);
  EXPECT_EQ(got.predicted, 16);
  EXPECT_EQ(got.found, 5);
  EXPECT_EQ(got.exact, 3);
}

TEST(GeneRulesNames, AreTheOnesThatAreKnown) {
  for (const std::string& name : gene_rules_names()) EXPECT_NO_THROW(gene_rules_named(name));
  EXPECT_THROW(gene_rules_named("attribute"), std::invalid_argument);
}

TEST(GeneScore, ThePartsOfABrokenGeneAreOneGene) {
  const auto truth = file({cds(100, 700, '+'), cds(1000, 1600, '-')});
  const auto predicted = file({cds(100, 400, '+', "ID=x;part=1/2"),
                               cds(401, 700, '+', "ID=x;part=2/2"),
                               cds(1000, 1300, '-', "part=2/2;ID=y"),
                               cds(1302, 1600, '-', "part=1/2;ID=y")});
  const GeneScore score = score_genes(truth, predicted);
  EXPECT_EQ(score.predicted, 2);
  EXPECT_EQ(score.exact, 2);
  EXPECT_EQ(score.extra, 0);
}

TEST(GeneScore, BasesCountOnceAStrand) {
  const auto truth = file({cds(100, 400, '+'), cds(340, 640, '+'), cds(100, 400, '-')});
  const auto predicted = file({cds(70, 370, '+'), cds(600, 900, '+')});
  const GeneScore score = score_genes(truth, predicted);
  EXPECT_EQ(score.true_bases, 540 + 300);
  EXPECT_EQ(score.predicted_bases, 600);
  EXPECT_EQ(score.shared_bases, 270 + 40);
}

TEST(GeneScore, ShortGenesOfTheTruthAreNotJudged) {
  const auto truth = file({cds(100, 160, '+'), cds(200, 500, '+')});
  EXPECT_EQ(score_genes(truth, file({})).truths, 1);
  EXPECT_EQ(score_genes(truth, file({}), 60).truths, 2);
}

}  // namespace
}  // namespace heddle::pipeline
