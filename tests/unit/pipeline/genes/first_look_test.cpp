// What a first look takes for errors of a sequence, and what for errors of the model.

#include "pipeline/heads/genes/first_look.h"

#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

constexpr int kGenes = 28, kLength = 2000 * kGenes + 1000;

SyntheticGenes genes(bool closed_frames = true) {
  SyntheticGenes made(kLength);
  made.closed_frames = closed_frames;
  for (int at = 600; at < kLength - 1000; at += 2000) {
    made.plant(at, 450, at / 2000 % 2 == 0 ? '+' : '-');
  }
  return made;
}

std::optional<ErrorPrices> look(const SyntheticGenes& made) {
  const GeneOptions options;
  const GeneticCode code(11);
  GeneWindow window(code, options.prices.evidence_limit);
  window.push(made.bases, made.scores().view());
  return error_prices(window, options, static_cast<std::int64_t>(made.bases.size()));
}

// Of the last `count` genes each has lost a base.
SyntheticGenes damaged(int count) {
  SyntheticGenes made = genes();
  for (int at = 600 + 2000 * (kGenes - 1); count > 0; at -= 2000, --count) made.erase(at + 675);
  return made;
}

TEST(FirstLook, FindsNothingInGenesThatAreWhole) { EXPECT_FALSE(look(genes())); }

TEST(FirstLook, ManyLostBasesAskForThePricesOfNoise) {
  const auto prices = look(damaged(kGenes));
  ASSERT_TRUE(prices);
  EXPECT_EQ(prices->shift, GenePrices().shift);
  EXPECT_EQ(prices->read_through, GenePrices().read_through);
  EXPECT_EQ(prices->evidence_limit, GenePrices().evidence_limit);
}

TEST(FirstLook, AFewMoreThanCleanSequenceHasAskForPricesInBetween) {
  std::optional<ErrorPrices> graded;
  for (int count = 1; count < kGenes && !graded; ++count) graded = look(damaged(count));
  ASSERT_TRUE(graded);
  EXPECT_GT(graded->shift, GenePrices().shift);
  EXPECT_GT(graded->read_through, GenePrices().read_through);
  EXPECT_LT(graded->evidence_limit, GenePrices().evidence_limit);
  EXPECT_GT(graded->evidence_limit, GenePrices().clean_limit);
}

TEST(FirstLook, ADetourOfTheModelIsNoErrorOfTheSequence) {
  SyntheticGenes made = genes();
  for (int at = 600; at < kLength - 1000; at += 2000) {
    made.label(at + 600, at + 660, at / 2000 % 2 == 0 ? '+' : '-', 1);
  }
  EXPECT_FALSE(look(made));
}

TEST(FirstLook, AFrameThatIsOpenAllAlongWasNotBroken) {
  for (const bool closed : {false, true}) {
    SyntheticGenes made = genes(closed);
    for (int at = 600; at < kLength - 1000; at += 2000) {  // the model's error, of half a gene
      made.label(at + 675, at + 1350, at / 2000 % 2 == 0 ? '+' : '-', 1);
    }
    EXPECT_FALSE(look(made));
  }
}

}  // namespace
}  // namespace heddle::pipeline
