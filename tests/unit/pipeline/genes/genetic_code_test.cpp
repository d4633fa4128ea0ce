#include "pipeline/heads/genes/genetic_code.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::pipeline {
namespace {

CodonMeaning meaning_of(const GeneticCode& code, const std::string& codon) {
  return code.meaning(base_code(codon[0]), base_code(codon[1]), base_code(codon[2]));
}

// NCBI's table 11 as published, in its own order T C A G.
TEST(GeneticCode, ReadsEveryCodonAsTheStandardTableDoes) {
  const std::string published = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";
  const std::string order = "TCAG";
  const GeneticCode eleven(11), four(4);
  for (std::size_t i = 0; i < 64; ++i) {
    const std::string codon = {order[i / 16], order[i / 4 % 4], order[i % 4]};
    EXPECT_EQ(eleven.amino_acid(codon), published[i]) << codon;
    EXPECT_EQ(four.amino_acid(codon), codon == "TGA" ? 'W' : published[i]) << codon;
  }
}

TEST(GeneticCode, StopsOnBothStrandsByTable) {
  const GeneticCode eleven(11), four(4);
  EXPECT_TRUE(meaning_of(eleven, "TGA").plus_stop);
  EXPECT_FALSE(meaning_of(four, "TGA").plus_stop);
  EXPECT_TRUE(meaning_of(four, "TAG").plus_stop);
  EXPECT_TRUE(meaning_of(eleven, "TCA").minus_stop);
  EXPECT_FALSE(meaning_of(four, "TCA").minus_stop);
  EXPECT_TRUE(meaning_of(four, "TTA").minus_stop);
}

TEST(GeneticCode, RanksStartsAndFindsThemOnBothStrands) {
  const GeneticCode code(11);
  EXPECT_EQ(meaning_of(code, "ATG").plus_start, StartCodon::kAtg);
  EXPECT_EQ(meaning_of(code, "GTG").plus_start, StartCodon::kGtg);
  EXPECT_EQ(meaning_of(code, "TTG").plus_start, StartCodon::kTtg);
  EXPECT_EQ(meaning_of(code, "CTG").plus_start, StartCodon::kRare);
  EXPECT_EQ(meaning_of(code, "CAC").minus_start, StartCodon::kGtg);
  EXPECT_EQ(meaning_of(code, "AAA").plus_start, StartCodon::kNone);
}

TEST(GeneticCode, ACodonWithAnUnknownBaseMeansNothing) {
  const CodonMeaning meaning = meaning_of(GeneticCode(11), "TAN");
  EXPECT_FALSE(meaning.plus_stop || meaning.minus_stop);
  EXPECT_EQ(meaning.plus_start, StartCodon::kNone);
  EXPECT_EQ(GeneticCode(11).amino_acid("TAN"), 'X');
}

TEST(GeneticCode, RefusesATableItDoesNotHaveAndNamesThoseItHas) {
  try {
    GeneticCode code(25);
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("11"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("25"), std::string::npos);
  }
}

TEST(GeneticCode, TranslatesStartsAsMethionineAndEndsOnlyWithAStar) {
  const GeneticCode code(11);
  EXPECT_EQ(code.translate("GTGAAATAAGCCTGA", true), "MKXA*");
  EXPECT_EQ(code.translate("GTGAAN", false), "VX");
  EXPECT_EQ(code.translate("AT", true), "");
}

TEST(GeneticCode, SmallLettersAreTheSameBases) {
  EXPECT_EQ(GeneticCode(11).translate("gtgaaatga", true), "MK*");
  EXPECT_EQ(GeneticCode(4).amino_acid("tga"), 'W');
  EXPECT_TRUE(meaning_of(GeneticCode(11), "tga").plus_stop);
}

TEST(ReverseComplement, TurnsLettersAndKeepsWhatIsUnknown) {
  EXPECT_EQ(reverse_complement("AACGTN"), "NACGTT");
  EXPECT_EQ(reverse_complement("R"), "N");
  EXPECT_EQ(reverse_complement("aacgtn"), "NACGTT");
}

}  // namespace
}  // namespace heddle::pipeline
