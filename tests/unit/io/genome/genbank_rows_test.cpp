#include "io/error.h"
#include "io/formats/annotation.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kHead =
    "LOCUS       SHORT        9000 bp    DNA     linear   BCT 01-JAN-1980\n"
    "VERSION     AB000001.1\n"
    "FEATURES             Location/Qualifiers\n"
    "     source          1..9000\n";

class GenbankRows : public ::testing::Test {
 protected:
  Gff3File read(const std::string& features) {
    return read_annotation(folder_.write("a.gbk", kHead + features + "ORIGIN\n//\n"));
  }
  std::string error_of(const std::string& features) {
    try {
      read(features);
    } catch (const InputError& error) {
      return error.what();
    }
    return "none";
  }

  ScratchFolder folder_;
};

TEST_F(GenbankRows, AreTheCodingFeaturesOnTheirStrands) {
  const Gff3File file = read(
      "     gene            11..40\n"
      "     CDS             11..40\n"
      "                     /locus_tag=\"a\"\n"
      "                     /transl_table=4\n"
      "     CDS             complement(101..130)\n");
  ASSERT_EQ(file.rows.size(), 2U);
  EXPECT_EQ(file.rows[0].sequence, "AB000001.1");
  EXPECT_EQ(file.rows[0].start, 10);
  EXPECT_EQ(file.rows[0].end, 40);
  EXPECT_EQ(file.rows[0].strand, '+');
  EXPECT_EQ(file.rows[0].attribute("transl_table"), "4");
  EXPECT_EQ(file.rows[1].strand, '-');
  EXPECT_EQ(file.lengths.at("AB000001.1"), 9000);
}

TEST_F(GenbankRows, AreRnaGenesTooWithTheirProductsAndGenes) {
  const Gff3File file = read(
      "     tRNA            complement(11..86)\n"
      "                     /product=\"tRNA-Ile; a, b\"\n"
      "     ncRNA           101..460\n"
      "                     /gene=\"ssrA\"\n"
      "                     /note=\"/product=none\"\n"
      "     rRNA            AB2.1:5..9\n"
      "     repeat_region   500..600\n");
  ASSERT_EQ(file.rows.size(), 2U) << "what lies in another record is left out";
  EXPECT_EQ(file.rows[0].type, "tRNA");
  EXPECT_EQ(file.rows[0].strand, '-');
  EXPECT_EQ(gff3_unescaped(file.rows[0].attribute("product")), "tRNA-Ile; a, b");
  EXPECT_EQ(file.rows[1].type, "ncRNA");
  EXPECT_EQ(file.rows[1].attribute("gene"), "ssrA");
  EXPECT_EQ(file.rows[1].attribute("product"), "");
}

TEST_F(GenbankRows, SpansOfOneGeneHaveOneId) {
  const Gff3File file = read(
      "     CDS             complement(join(11..40,\n"
      "                     42..100))\n"
      "     CDS             join(complement(200..220),300..310)\n");
  ASSERT_EQ(file.rows.size(), 4U);
  EXPECT_EQ(file.rows[0].attribute("ID"), file.rows[1].attribute("ID"));
  EXPECT_EQ(file.rows[1].start, 41);
  EXPECT_EQ(file.rows[1].strand, '-');
  EXPECT_NE(file.rows[1].attribute("ID"), file.rows[2].attribute("ID"));
  EXPECT_EQ(file.rows[2].strand, '-');
  EXPECT_EQ(file.rows[3].strand, '+');
}

TEST_F(GenbankRows, MarksAreThoseOfGff3) {
  const Gff3File file = read(
      "     CDS             <1..40\n"
      "     CDS             50..80\n"
      "                     /pseudo\n"
      "     CDS             join(90..100,100..120)\n"
      "                     /ribosomal_slippage\n"
      "     CDS             200..230\n"
      "                     /note=\"a value with a line that begins as a mark:\n"
      "                     /pseudo\"\n");
  ASSERT_EQ(file.rows.size(), 5U);
  EXPECT_EQ(file.rows[0].attribute("partial"), "true");
  EXPECT_EQ(file.rows[1].attribute("pseudo"), "true");
  EXPECT_EQ(file.rows[2].attribute("exception"), "ribosomal slippage");
  EXPECT_EQ(file.rows[4].attribute("pseudo"), "");
}

TEST_F(GenbankRows, ALocationElsewhereOrOfNonsenseIsNamedWithItsLine) {
  EXPECT_THAT(error_of("     CDS             J00194.1:100..202\n"),
              AllOf(HasSubstr("line 5"), HasSubstr("J00194.1")));
  EXPECT_THAT(error_of("     CDS             40..11\n"), HasSubstr("40..11"));
  EXPECT_THAT(error_of("     CDS             complement(11..40\n"), HasSubstr("complement"));
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "                     complement(\n";
  EXPECT_THAT(error_of("     CDS             join(\n" + deep), HasSubstr("none within its record"));
}

}  // namespace
}  // namespace heddle::io
