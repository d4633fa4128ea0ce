#include "pipeline/motifs/scored_motif.h"

#include "tests/unit/pipeline/motifs/made_motifs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr Background kBackground{0.31, 0.19, 0.19, 0.31};

/// Calls visit(codes, probability) for every word of `width` letters.
template <class Visit>
void for_each_word(int width, const Visit& visit) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(width));
  for (std::int64_t word = 0; word < std::int64_t{1} << (2 * width); ++word) {
    double probability = 1;
    for (int i = 0; i < width; ++i) {
      const auto code = static_cast<std::uint8_t>(word >> (2 * i) & 3);
      codes[static_cast<std::size_t>(i)] = code;
      probability *= kBackground[code];
    }
    visit(codes, probability);
  }
}

std::int32_t loss_of(const ScoredMotif& motif, const std::vector<std::uint8_t>& codes) {
  std::int32_t loss = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) loss += motif.losses[i][codes[i]];
  return loss;
}

TEST(ScoredMotif, PValuesAreThoseOfAllWordsCountedOneByOne) {
  std::mt19937 random(1);
  for (int width = 1; width <= 7; ++width) {
    const ScoredMotif motif =
        score_motif(made_matrix(width, random), {.background = kBackground, .p_value = 0.01});
    std::map<std::int32_t, double> masses;
    for_each_word(width, [&](const auto& codes, double p) { masses[loss_of(motif, codes)] += p; });
    double tail = 0;
    std::int32_t expected_cutoff = -1;
    for (const auto& [loss, mass] : masses) {
      tail += mass;
      if (tail > 0.01) break;
      expected_cutoff = loss;
      EXPECT_NEAR(motif.tail.p_value(loss), tail, 1e-12) << "width " << width << " loss " << loss;
    }
    EXPECT_EQ(motif.cutoff, expected_cutoff) << "width " << width;
  }
}

TEST(ScoredMotif, ScoresAreLogOddsInBitsWithPseudoCountsInProportionToTheBackground) {
  io::Motif matrix;
  matrix.counts = {{8, 0, 2, 0}};
  const ScoredMotif motif =
      score_motif(matrix, {.background = kBackground, .pseudocount = 0.5, .p_value = 0.01});
  EXPECT_DOUBLE_EQ(motif.bits[0][0], std::log2((8 + 0.5 * 0.31) / 10.5 / 0.31));
  EXPECT_DOUBLE_EQ(motif.bits[0][1], std::log2((0.5 * 0.19) / 10.5 / 0.19));
}

TEST(ScoredMotif, StepsStayFineEnoughForTheWordsAtTheCutOff) {
  std::mt19937 random(2);
  for (const int width : {5, 12, 20, 40}) {
    const ScoredMotif motif = score_motif(made_matrix(width, random), {});
    for (std::size_t i = 0; i < motif.losses.size(); ++i) {
      const double best = *std::max_element(motif.bits[i].begin(), motif.bits[i].end());
      for (std::size_t base = 0; base < 4; ++base) {
        EXPECT_NEAR(motif.losses[i][base] * motif.step, best - motif.bits[i][base], motif.step / 2);
      }
    }
    EXPECT_LE(motif.step, 1.0 / 1024);
  }
}

TEST(ScoredMotif, AMotifTooShortForThePValueHasNoSites) {
  std::mt19937 random(3);
  const ScoredMotif motif = score_motif(made_matrix(4, random), {.p_value = 1e-4});
  EXPECT_EQ(motif.cutoff, -1);
  EXPECT_EQ(motif.tail.total(), 0);
}

TEST(ScoredMotif, TheWidestMotifIsScoredInBoundedMemory) {
  std::mt19937 random(4);
  const ScoredMotif motif = score_motif(made_matrix(1024, random), {});
  EXPECT_GT(motif.cutoff, 0);
  EXPECT_LT(motif.cutoff, 1 << 18);
  EXPECT_LE(motif.tail.total(), 1e-4);
  EXPECT_GT(motif.tail.total(), 0.9e-4);
}

TEST(ScoredMotif, APatternsPValueIsTheChanceOfSoFewMismatches) {
  const ScoredMotif motif =
      score_motif(made_pattern("p", "ARN"), {.background = kBackground, .mismatches = 1});
  const double a = 0.31, r = 0.5;
  EXPECT_EQ(motif.cutoff, 1);
  EXPECT_NEAR(motif.tail.p_value(0), a * r, 1e-15);
  EXPECT_NEAR(motif.tail.p_value(1), 1 - (1 - a) * (1 - r), 1e-15);
  EXPECT_EQ(motif.score(std::vector<std::uint8_t>{0, 1, 3}), 2);
}

TEST(ScoredMotif, APatternThatFitsEverythingIsRefused) {
  EXPECT_THROW(score_motif(made_pattern("p", "NNN"), {}), std::invalid_argument);
  EXPECT_THROW(score_motif(made_pattern("p", "ANC"), {.mismatches = 2}), std::invalid_argument);
  EXPECT_NO_THROW(score_motif(made_pattern("p", "ANC"), {.mismatches = 1}));
}

}  // namespace
}  // namespace heddle::pipeline
