#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAreArray;

GeneOptions strict() {
  GeneOptions options;
  options.error_model = ErrorModel::kNone;
  options.wants_sequences = true;
  return options;
}

SyntheticGenes circle(int turn) {
  SyntheticGenes made(30000, 3);
  made.plant(500, 200, '+');
  made.plant(1300, 100, '-');
  made.plant(15000, 300, '+');
  made.plant(29000, 250, '-');
  std::rotate(made.bases.begin(), made.bases.begin() + turn, made.bases.end());
  for (auto& strand : made.labels) {
    std::rotate(strand.begin(), strand.begin() + turn, strand.end());
  }
  return made;
}

TEST(GeneCircle, AGeneOverTheOriginIsOneRecordThatEndsBeyondTheLength) {
  const auto genes = decode(strict(), circle(700), 4608, true);
  EXPECT_THAT(texts(genes),
              ElementsAre("-600-900/0", "+14300-15200/0", "-28300-29050/0", "+29800-30400/0"));
  EXPECT_FALSE(genes.back().partial_start || genes.back().partial_end);
  EXPECT_EQ(genes.back().protein.size(), 200U);
}

TEST(GeneCircle, GenesAscendThoughTheFirstAreDecidedLast) {
  EXPECT_THAT(texts(decode(strict(), circle(0), 4608, true)),
              ElementsAre("+500-1100/0", "-1300-1600/0", "+15000-15900/0", "-29000-29750/0"));
  // The first gene overlaps the one over the origin: both are found on the second way around.
  SyntheticGenes made = circle(700);
  made.plant(396, 60, '+');
  made.bases.replace(396, 4, "ATGA");
  made.label(0, 400, '+', 2);
  EXPECT_THAT(
      texts(decode(strict(), made, 4608, true)),
      ElementsAre(
          "+396-576/0", "-600-900/0", "+14300-15200/0", "-28300-29050/0", "+29800-30400/0"));
}

// Wherever a circle is opened its genes are the same.
class EveryOrigin : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(
    Turns,
    EveryOrigin,
    testing::Values(
        0, 1, 499, 500, 501, 1099, 1100, 1101, 1450, 15003, 15899, 29400, 29749, 29750));

TEST_P(EveryOrigin, FindsTheSameGenes) {
  const int turn = GetParam();
  std::vector<std::string> found;
  for (io::Interval gene : decode(strict(), circle(turn), 1000, true)) {
    const std::int64_t start = (gene.parts[0].start + turn) % 30000;
    gene.parts[0].end += start - gene.parts[0].start;
    gene.parts[0].start = start;
    found.push_back(text(gene));
  }
  EXPECT_THAT(found,
              UnorderedElementsAreArray(
                  {"+500-1100/0", "-1300-1600/0", "+15000-15900/0", "-29000-29750/0"}));
}

TEST(GeneCircle, AFrameshiftBeyondTheOriginIsReportedAtItsPlace) {
  SyntheticGenes made = circle(0);
  made.erase(800);  // of the gene at 500, which is decoded on the second way around
  GeneOptions options;
  options.error_model = ErrorModel::kIndels;
  const auto genes = decode(options, made, 4608, true);
  ASSERT_EQ(genes.size(), 4U);
  EXPECT_EQ(genes.front().parts.front().start, 500);
  ASSERT_EQ(genes.front().parts.size(), 2U);
  EXPECT_NEAR(static_cast<double>(genes.front().parts.front().end), 800, 4);
  EXPECT_EQ(genes.front().attributes.back().second,
            std::to_string(genes.front().parts.front().end + 1) + ":deletion");
}

TEST(GeneCircle, ASmallPlasmidGoesAroundToo) {
  SyntheticGenes made(1200);
  made.plant(300, 100, '+');
  made.plant(700, 100, '-');
  std::rotate(made.bases.begin(), made.bases.begin() + 400, made.bases.end());
  for (auto& strand : made.labels) std::rotate(strand.begin(), strand.begin() + 400, strand.end());
  EXPECT_THAT(texts(decode(strict(), made, 7, true)), ElementsAre("-300-600/0", "+1100-1400/0"));
}

TEST(GeneCircle, ACircleThatIsOneGeneIsReadAsALine) {
  SyntheticGenes made(900);
  made.label(0, 900, '+', 0);
  EXPECT_THAT(texts(decode(strict(), made, 100, true)), ElementsAre("<+0-900/0>"));
}

TEST(GeneCircle, ACircleWithoutGenesHasNone) {
  EXPECT_TRUE(decode(strict(), SyntheticGenes(50000), 4608, true).empty());
  EXPECT_TRUE(decode(strict(), SyntheticGenes(0), 4608, true).empty());
}

}  // namespace
}  // namespace heddle::pipeline
