#include "pipeline/motifs/false_discovery.h"

#include "tests/unit/pipeline/motifs/made_motifs.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::pipeline {
namespace {

TEST(FalseDiscovery, QValuesAreThoseOfBenjaminiAndHochbergOnTheSortedPValues) {
  std::mt19937 random(8);
  const std::vector<ScoredMotif> motifs = {score_motif(made_matrix(8, random), {.p_value = 0.01})};
  FalseDiscovery discovery(motifs);
  discovery.tested(std::string(1007, 'A'), 1000);
  std::vector<std::int32_t> losses;
  for (int i = 0; i < 40; ++i) {
    losses.push_back(static_cast<std::int32_t>(random() % (motifs[0].cutoff + 1)));
    if (i % 2 == 0) losses.push_back(losses.back());  // ties
  }
  for (const std::int32_t loss : losses) discovery.found(0, loss);
  discovery.settle();

  std::sort(losses.begin(), losses.end());
  double least = 1;
  for (std::size_t i = losses.size(); i-- > 0;) {
    const double p = motifs[0].tail.p_value(losses[i]);
    least = std::min(least, 2000 * p / static_cast<double>(i + 1));
    // Equal p-values share the smallest of their bounds, which is the last one's.
    const bool last_of_ties = i + 1 == losses.size() || losses[i + 1] != losses[i];
    if (!last_of_ties) continue;
    EXPECT_DOUBLE_EQ(discovery.q_value(0, losses[i]), least) << i;
  }
}

TEST(FalseDiscovery, OnlyPlacesWithoutNAreTests) {
  const std::vector<ScoredMotif> motifs = {score_motif(made_pattern("p", "ACG"), {}),
                                           score_motif(made_pattern("q", "ACGTA"), {})};
  FalseDiscovery discovery(motifs);
  discovery.tested("ACGTNACGTAC", 11);  // 2 + 4 places of three letters, 2 of five
  discovery.tested("ACGTAC", 1);        // a halo is read, its sites are the next segment's
  discovery.tested("NNN", 3);
  discovery.tested("", 0);
  EXPECT_EQ(discovery.tests(0), 2 * 7);
  EXPECT_EQ(discovery.tests(1), 2 * 3);
}

}  // namespace
}  // namespace heddle::pipeline
