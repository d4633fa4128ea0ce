#include "pipeline/metrics/motifs.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using Sites = std::vector<io::SiteRow>;

TEST(MotifScore, ASiteIsFoundByMotifPlaceAndStrand) {
  const Sites truth = {{"c", "A", 10, 20, '+'}, {"c", "A", 50, 60, '-'}, {"c", "B", 70, 75, '+'}};
  const Sites told = {{"c", "A", 10, 20, '+'},   // right
                      {"c", "A", 50, 60, '+'},   // the other strand
                      {"d", "B", 70, 75, '+'},   // another sequence
                      {"c", "C", 10, 20, '+'}};  // another motif
  const auto scores = score_motif_sites(truth, told);
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores.at("A").truths, 2);
  EXPECT_EQ(scores.at("A").found, 1);
  EXPECT_EQ(scores.at("A").predicted, 2);
  EXPECT_EQ(scores.at("A").right, 1);
  EXPECT_DOUBLE_EQ(scores.at("A").f1(), 0.5);
  EXPECT_EQ(scores.at("B").found, 0);
  EXPECT_EQ(scores.at("C").truths, 0);
  EXPECT_EQ(scores.at("C").right, 0);
  EXPECT_EQ(scores.at("C").f1(), 0);
}

TEST(MotifScore, SlackLetsASiteBeginElsewhere) {
  const Sites truth = {{"c", "A", 10, 20, '+'}};
  const Sites told = {{"c", "A", 13, 23, '+'}};
  EXPECT_EQ(score_motif_sites(truth, told, 2).at("A").found, 0);
  EXPECT_EQ(score_motif_sites(truth, told, 3).at("A").found, 1);
  EXPECT_EQ(score_motif_sites(truth, told, 3).at("A").right, 1);
}

TEST(MotifScore, ASiteThatIsThereTwiceCountsOnce) {
  const io::SiteRow one{"c", "A", 10, 20, '+'};
  MotifScore sum;
  for (const auto& [motif, score] : score_motif_sites(Sites{one, one}, Sites{one, one, one})) {
    sum += score;
  }
  EXPECT_EQ(sum.truths, 1);
  EXPECT_EQ(sum.predicted, 1);
  EXPECT_DOUBLE_EQ(sum.f1(), 1);
}

}  // namespace
}  // namespace heddle::pipeline
