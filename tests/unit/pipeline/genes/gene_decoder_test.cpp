#include "pipeline/heads/genes/gene_decoder.h"

#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string attribute(const io::Interval& gene, const std::string& key) {
  for (const auto& [name, value] : gene.attributes) {
    if (name == key) return value;
  }
  return {};
}

GeneOptions strict() {
  GeneOptions options;
  options.error_model = ErrorModel::kNone;
  return options;
}
GeneOptions shifting() {
  GeneOptions options;
  options.error_model = ErrorModel::kIndels;
  return options;
}

class EveryErrorModel : public testing::TestWithParam<ErrorModel> {
 protected:
  GeneOptions options() const {
    GeneOptions chosen;
    chosen.error_model = GetParam();
    return chosen;
  }
};
INSTANTIATE_TEST_SUITE_P(Models,
                         EveryErrorModel,
                         testing::Values(ErrorModel::kNone,
                                         ErrorModel::kIndels,
                                         ErrorModel::kAuto));

TEST_P(EveryErrorModel, FindsPlantedGenesOfBothStrandsExactly) {
  SyntheticGenes made(5000);
  made.plant(101, 100, '+');
  made.plant(900, 80, '-');
  made.plant(1702, 300, '-', "TGA");
  made.plant(4000, 40, '+', "TAG");
  EXPECT_THAT(texts(decode(options(), made)),
              ElementsAre("+101-401/0", "-900-1140/0", "-1702-2602/0", "+4000-4120/0"));
}

TEST_P(EveryErrorModel, SplitsNeighboursOnOneStrandAtTheStop) {
  SyntheticGenes made(2000);
  made.plant(300, 100, '+');
  made.plant(600, 100, '+');
  made.plant(1000, 60, '-');
  made.plant(1180, 60, '-');
  EXPECT_THAT(texts(decode(options(), made)),
              ElementsAre("+300-600/0", "+600-900/0", "-1000-1180/0", "-1180-1360/0"));
}

TEST_P(EveryErrorModel, LetsTheNextGeneBeginInTheLastFourBases) {
  SyntheticGenes made(2000);
  made.plant(300, 100, '+', "TGA");  // ...ATGA: the second begins at 596
  made.plant(596, 100, '+');
  made.bases.replace(596, 4, "ATGA");
  made.bases.replace(600, 2, "AG");
  EXPECT_THAT(texts(decode(options(), made)), ElementsAre("+300-600/0", "+596-896/0"));
}

TEST_P(EveryErrorModel, LetsGenesOfOppositeStrandsOverlap) {
  SyntheticGenes made(2000);
  made.plant(300, 100, '+');
  made.plant(596, 100, '-');  // TTAA is a stop in both directions
  made.bases.replace(596, 4, "TTAA");
  made.label(300, 600, '+', 0);
  EXPECT_THAT(texts(decode(options(), made)), ElementsAre("+300-600/0", "-596-896/0"));
}

TEST_P(EveryErrorModel, GenesRunOffBothEndsOfAContig) {
  SyntheticGenes made(1100);
  made.plant(2, 100, '+');  // loses its start below
  made.plant(700, 110, '-');
  made.bases = made.bases.substr(6, 980);
  for (auto& strand : made.labels) strand = {strand.begin() + 6, strand.begin() + 986};
  EXPECT_THAT(texts(decode(options(), made)), ElementsAre("<+0-296/2", "<-694-980/1"));
}

TEST_P(EveryErrorModel, AContigOfOneLongGeneIsOpenAtBothEnds) {
  SyntheticGenes made(80);
  made.label(0, 80, '-', 1);
  EXPECT_THAT(texts(decode(options(), made)), ElementsAre("<-0-80/2>"));
}

TEST_P(EveryErrorModel, TinyAndEmptySequencesHaveNoGenes) {
  for (const int length : {0, 1, 2, 3, 30, 59}) {
    SyntheticGenes made(length);
    made.label(0, length, '+', 0);
    EXPECT_THAT(decode(options(), made), IsEmpty()) << length;
  }
}

TEST_P(EveryErrorModel, ARunOfUnknownBasesEndsGenesOnBothSides) {
  SyntheticGenes made(1500);
  made.plant(300, 200, '+');
  made.bases.replace(500, 100, std::string(100, 'N'));
  for (int i = 500; i < 600; ++i) made.labels[0][static_cast<std::size_t>(i)] = 0;
  EXPECT_THAT(texts(decode(options(), made)), ElementsAre("+300-500/0>", "<+600-900/0"));
}

TEST_P(EveryErrorModel, OneUnknownBaseIsReadThrough) {
  SyntheticGenes made(1500);
  made.plant(300, 200, '+');
  made.bases[500] = 'N';
  GeneOptions chosen = options();
  chosen.wants_sequences = true;
  const auto genes = decode(chosen, made);
  ASSERT_THAT(texts(genes), ElementsAre("+300-900/0"));
  EXPECT_EQ(genes[0].protein.substr(66, 1), "X");
}

TEST(GeneDecoder, ClosedEndsAllowNoPartialGenes) {
  SyntheticGenes made(600);
  made.label(0, 300, '+', 0);
  GeneOptions options = strict();
  options.partial = false;
  EXPECT_THAT(decode(options, made), IsEmpty());
}

TEST(GeneDecoder, TheMinimumLengthCountsTheStopCodon) {
  SyntheticGenes made(1000);
  made.plant(300, 40, '+');
  GeneOptions options = strict();
  options.min_length = 120;
  EXPECT_THAT(texts(decode(options, made)), ElementsAre("+300-420/0"));
  options.min_length = 121;
  EXPECT_THAT(decode(options, made), IsEmpty());
}

TEST(GeneDecoder, AGreatMinimumLengthFiltersAndSewsNothingTogether) {
  SyntheticGenes made(5000);
  for (const std::int64_t at : {200, 521, 842, 3401, 3722}) made.plant(at, 100, '+');
  made.plant(1600, 500, '+');
  GeneOptions options;
  options.error_model = ErrorModel::kIndels;
  ASSERT_EQ(decode(options, made).size(), 6U);
  options.min_length = options.min_open_length = 1000;
  EXPECT_THAT(texts(decode(options, made)), ElementsAre("+1600-3100/0"));
}

TEST(GeneDecoder, CodeFourReadsThroughTga) {
  SyntheticGenes made(1500);
  made.plant(300, 200, '+');
  made.bases.replace(600, 3, "TGA");
  GeneOptions options = strict();
  options.genetic_code = 4;
  options.wants_sequences = true;
  const auto genes = decode(options, made);
  ASSERT_THAT(texts(genes), ElementsAre("+300-900/0"));
  EXPECT_EQ(genes[0].protein[100], 'W');
  EXPECT_EQ(attribute(genes[0], "transl_table"), "4");
}

TEST(GeneDecoder, SequencesComeInReadingDirection) {
  SyntheticGenes made(1000);
  made.plant(300, 40, '-');
  GeneOptions options = strict();
  options.wants_sequences = true;
  const auto genes = decode(options, made);
  ASSERT_EQ(genes.size(), 1U);
  EXPECT_EQ(genes[0].nucleotides, reverse_complement(made.bases.substr(300, 120)));
  EXPECT_EQ(genes[0].protein.size(), 40U);
  EXPECT_EQ(genes[0].protein.front(), 'M');
  EXPECT_EQ(genes[0].protein.back(), '*');
  EXPECT_EQ(attribute(genes[0], "start_type"), "ATG");
}

struct Shift {
  char strand;
  bool insertion;
};
class PlantedShift : public testing::TestWithParam<Shift> {};
INSTANTIATE_TEST_SUITE_P(
    Shifts,
    PlantedShift,
    testing::Values(Shift{'+', true}, Shift{'+', false}, Shift{'-', true}, Shift{'-', false}));

TEST_P(PlantedShift, GivesTwoPartsWithTheirOwnPhases) {
  const auto [strand, insertion] = GetParam();
  SyntheticGenes made(3000);
  made.plant(600, 400, strand);
  insertion ? made.insert(1200, 'C') : made.erase(1200);
  GeneOptions options = shifting();
  options.wants_sequences = true;
  const auto genes = decode(options, made);
  ASSERT_EQ(genes.size(), 1U);
  const io::Interval& gene = genes[0];
  ASSERT_EQ(gene.parts.size(), 2U) << text(gene);
  EXPECT_EQ(gene.parts[0].start, 600);
  EXPECT_EQ(gene.parts[1].end, insertion ? 1801 : 1799);
  EXPECT_NEAR(static_cast<double>(gene.parts[0].end), 1200, 4);
  EXPECT_EQ(gene.parts[1].start - gene.parts[0].end, insertion ? 1 : 0);
  const int at_break = insertion ? 0 : 2;  // a codon that lost a base has two left
  EXPECT_EQ(gene.parts[1].phase, strand == '+' ? at_break : 0);
  EXPECT_EQ(gene.parts[0].phase, 0);
  EXPECT_EQ(attribute(gene, "frameshift"),
            std::to_string(gene.parts[0].end + 1) + (insertion ? ":insertion" : ":deletion"));
  EXPECT_EQ(gene.nucleotides.size(), 1200U);
  EXPECT_EQ(gene.protein.size(), 400U);
  EXPECT_EQ(gene.protein.find('*'), 399U);
}

TEST_P(PlantedShift, IsNeverMadeWithoutTheErrorModel) {
  const auto [strand, insertion] = GetParam();
  SyntheticGenes made(3000);
  made.plant(600, 400, strand);
  insertion ? made.insert(1200, 'C') : made.erase(1200);
  for (const io::Interval& gene : decode(strict(), made)) EXPECT_EQ(gene.parts.size(), 1U);
}

TEST(GeneDecoder, ReadsThroughAStopWhenTheEvidenceGoesOn) {
  SyntheticGenes made(3000);
  made.plant(600, 400, '+');
  made.bases.replace(1200, 3, "TAG");
  EXPECT_THAT(texts(decode(shifting(), made)), ElementsAre("+600-1800/0"));
  EXPECT_THAT(texts(decode(strict(), made)), ElementsAre("+600-1203/0"));
}

TEST(GeneDecoder, AutoAllowsFrameshiftsWhereTheyAreMany) {
  SyntheticGenes clean(40000), noisy(40000);
  clean.closed_frames = noisy.closed_frames = true;
  for (int at = 500; at + 1500 < 39000; at += 2000) {
    clean.plant(at, 400, '+');
    noisy.plant(at, 400, '+');
  }
  for (int at = 38500; at >= 500; at -= 2000) noisy.erase(at + 600);
  GeneDecoder decoder({});
  for (const io::Interval& gene : decode(decoder, clean.bases, clean.scores().view(), 999)) {
    EXPECT_EQ(gene.parts.size(), 1U);
  }
  EXPECT_EQ(decoder.statistics().noisy, 0);
  const auto genes = decode(decoder, noisy.bases, noisy.scores().view(), 999);
  EXPECT_EQ(decoder.statistics().noisy, 1);
  EXPECT_EQ(genes.size(), 19U);
  EXPECT_EQ(decoder.statistics().shifted_genes, 19);
}

TEST_P(EveryErrorModel, HowTheInputIsCutChangesNothing) {
  SyntheticGenes made(150000, 7);
  for (int at = 500; at + 1500 < 149000; at += 1600) {
    made.plant(at, 200 + at % 150, at / 1600 % 3 == 0 ? '-' : '+');
  }
  for (int at = 140000; at > 60000; at -= 1700) made.erase(at);
  for (std::size_t i = 0; i < made.bases.size(); i += 331) made.labels[i % 2][i] = i % 4;
  const auto whole = decode(options(), made);
  EXPECT_GT(whole.size(), 60U);
  for (const std::int64_t cut : {1, 7, 1000, 4608}) {
    const auto pieces = decode(options(), made, cut);
    ASSERT_EQ(texts(pieces), texts(whole)) << cut;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      ASSERT_EQ(pieces[i].score, whole[i].score);
      ASSERT_EQ(pieces[i].attributes, whole[i].attributes);
    }
  }
}

TEST(GeneDecoder, NoFrameshiftStandsCloseToARunOfUnknownBases) {
  SyntheticGenes made(1500);
  made.plant(300, 200, '+');
  made.bases.replace(500, 100, std::string(100, 'N'));
  for (int i = 500; i < 600; ++i) made.labels[0][static_cast<std::size_t>(i)] = 0;
  made.label(495, 500, '+', 1);  // the model leaves the frame five bases before the gap
  GeneOptions options = shifting();
  EXPECT_THAT(texts(decode(options, made)), ElementsAre("+300-500/0>", "<+600-900/0"));
  options.min_tail = 0;
  EXPECT_EQ(decode(options, made).front().parts.size(), 2U);
}

TEST(GeneDecoder, MemoryIsForcedToDecideWithinAMegabase) {
  // Half of the evidence says coding on + for ever, half nothing: never settled by itself.
  SyntheticGenes made(3000000);
  const auto n = static_cast<std::int64_t>(made.bases.size());
  attention::Tensor flat(attention::DType::kF32, {8, n});
  GeneDecoder decoder(strict());
  decode(decoder, made.bases, flat.view(), 4608);
  EXPECT_GE(decoder.statistics().forced, 1);
}

TEST(GeneDecoder, ADecoderForgetsTheSequenceBefore) {
  SyntheticGenes made(1000);
  made.plant(300, 100, '+');
  GeneDecoder decoder(strict());
  const auto first = decode(decoder, made.bases, made.scores().view(), 100);
  std::vector<io::Record> out;
  decoder.begin("unfinished");
  decoder.push(made.bases, made.scores().view(), out);
  EXPECT_EQ(texts(decode(decoder, made.bases, made.scores().view(), 100)), texts(first));
}

TEST(GeneDecoder, RefusesScoresThatDoNotFitOrAreNotNumbers) {
  SyntheticGenes made(100);
  attention::Tensor scores = made.scores();
  GeneDecoder decoder(strict());
  std::vector<io::Record> out;
  EXPECT_THROW(decoder.push("ACGT", scores.view(), out), std::invalid_argument);
  scores.view().as<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(decoder.push(made.bases, scores.view(), out), std::runtime_error);
  EXPECT_EQ(decoder.position(), 0);
  scores.view().as<float>()[5] = -std::numeric_limits<float>::infinity();
  EXPECT_NO_THROW(decoder.push(made.bases, scores.view(), out));
}

TEST(GeneDecoder, RefusesLengthsOutOfRange) {
  GeneOptions options;
  options.min_length = -1;
  EXPECT_THROW(GeneDecoder{options}, std::invalid_argument);
  options.min_length = 1 << 20;
  EXPECT_THROW(GeneDecoder{options}, std::invalid_argument);
  options = {};
  options.min_tail = -1;
  EXPECT_THROW(GeneDecoder{options}, std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
