#include "pipeline/metrics/rnas.h"

#include <gmock/gmock.h>

#include <string>

namespace heddle::pipeline {
namespace {

io::Gff3Row row(const std::string& type,
                std::int64_t start,
                std::int64_t end,
                char strand = '+',
                const std::string& attributes = "") {
  return {"c", type, start, end, strand, attributes};
}

RnaScore trna(const std::vector<io::Gff3Row>& truth, const std::vector<io::Gff3Row>& predicted) {
  return score_rnas({truth, {}}, {predicted, {}}, 0.5).of_kind[0];
}

TEST(RnaScores, HalfOfTheLongerIsFound) {
  const auto score = trna({row("tRNA", 100, 200), row("tRNA", 300, 400), row("tRNA", 500, 600)},
                          {row("tRNA", 150, 250), row("tRNA", 351, 400), row("tRNA", 490, 695)});
  EXPECT_EQ(score.truths, 3);
  EXPECT_EQ(score.found, 1) << "50 of 100; not 49 of 100, nor 100 of 205";
  EXPECT_EQ(score.extra, 2);
}

TEST(RnaScores, OtherStrandsAndKindsAreExtra) {
  const auto truth = {row("tRNA", 100, 176), row("rRNA", 300, 1840)};
  const auto [scores, unknown] = score_rnas(
      {truth, {}},
      {{row("tRNA", 100, 176, '-'), row("rRNA", 300, 1840, '+', "product=23S ribosomal RNA")}, {}},
      0.5);
  EXPECT_EQ(scores[0].found, 0);
  EXPECT_EQ(scores[0].extra, 1);
  EXPECT_EQ(scores[3].truths, 1);
  EXPECT_EQ(scores[3].found, 0);
  EXPECT_EQ(scores[4].extra, 1);
  EXPECT_EQ(unknown.predicted, 0);
}

TEST(RnaScores, AnRrnaOfNoKindIsExtraWhereItLiesOnNoneThatIsSpared) {
  const std::vector<io::Gff3Row> truth = {row("rRNA", 300, 1840), row("rRNA", 5000, 5500)};
  const std::vector<io::Gff3Row> predicted = {
      row("rRNA", 300, 900), row("rRNA", 3000, 3600), row("rRNA", 5000, 5500)};
  const RnaScores scores = score_rnas({truth, {}}, {predicted, {}}, 0.3);
  EXPECT_EQ(scores.of_kind[3].truths, 1);
  EXPECT_EQ(scores.of_kind[3].found, 0) << "which it is nobody knows";
  EXPECT_EQ(scores.of_no_kind.truths, 0);
  EXPECT_EQ(scores.of_no_kind.predicted, 3);
  EXPECT_EQ(scores.of_no_kind.extra, 2) << "the third lies on one that is not judged";
}

TEST(RnaScores, EachCountsOnce) {
  const auto score = trna({row("tRNA", 100, 176)}, {row("tRNA", 100, 176), row("tRNA", 102, 176)});
  EXPECT_EQ(score.found, 1);
  EXPECT_EQ(score.extra, 1);
  EXPECT_DOUBLE_EQ(score.precision(), 0.5);
}

TEST(RnaScores, WhatIsMarkedIsNotJudged) {
  const auto score = trna({row("tRNA", 100, 176, '+', "pseudo=true"), row("tRNA", 300, 376)},
                          {row("tRNA", 110, 190), row("tRNA", 300, 376)});
  EXPECT_EQ(score.truths, 1);
  EXPECT_EQ(score.found, 1);
  EXPECT_EQ(score.extra, 0);
}

}  // namespace
}  // namespace heddle::pipeline
