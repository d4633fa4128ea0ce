#include "io/formats/gff3_rows.h"

#include "io/error.h"
#include "io/formats/annotation.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>

#include <fstream>

namespace heddle::io {
namespace {

using testing::HasSubstr;

class Gff3Rows : public testing::Test {
 protected:
  Gff3File read(const std::string& text) {
    std::ofstream(folder_ / "x.gff3", std::ios::binary) << text;
    return read_annotation(folder_ / "x.gff3");
  }
  std::string error_of(const std::string& text) {
    try {
      read(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "none";
  }
  ScratchFolder folder_;
};

TEST_F(Gff3Rows, HoldWhatTheLinesSayUpToTheSequences) {
  const Gff3File file = read(
      "##gff-version 3\n##sequence-region a%20b 1 900\n# a comment\n\n"
      "a%20b\tx\tregion\t1\t950\t.\t+\t.\tID=s\n"
      "a%20b\tx\tCDS\t11\t40\t2.5\t-\t0\tID=g1; Name=n;partial=true\r\n"
      "##FASTA\n>a\nACGT\n");
  ASSERT_EQ(file.rows.size(), 2U);
  const Gff3Row& row = file.rows[1];
  EXPECT_EQ(row.sequence, "a b");
  EXPECT_EQ(row.type, "CDS");
  EXPECT_EQ(row.start, 10);
  EXPECT_EQ(row.end, 40);
  EXPECT_EQ(row.strand, '-');
  EXPECT_EQ(row.attribute("ID"), "g1");
  EXPECT_EQ(row.attribute("Name"), "n");
  EXPECT_EQ(row.attribute("partial"), "true");
  EXPECT_EQ(row.attribute("Na"), "");
  EXPECT_EQ(file.lengths.at("a b"), 950);
}

TEST_F(Gff3Rows, TellTheirPhaseAndZeroWhereTheyHaveNone) {
  std::string text;
  for (const char* phase : {"0", "1", "2", ".", "4", "-1", "x"}) {
    text += std::string("a\tx\tCDS\t11\t40\t.\t-\t") + phase + "\tID=g\n";
  }
  std::vector<int> phases;
  for (const Gff3Row& row : read(text).rows) phases.push_back(row.phase);
  EXPECT_THAT(phases, testing::ElementsAre(0, 1, 2, 0, 1, 0, 0));
}

TEST_F(Gff3Rows, OfAFileWithoutAnyAreNone) { EXPECT_TRUE(read("##gff-version 3\n").rows.empty()); }

TEST_F(Gff3Rows, ErrorsNameTheLineAndWhatIsWrong) {
  const std::string good = "a\tx\tCDS\t1\t9\t.\t+\t0\tID=g\n";
  EXPECT_THAT(error_of(good + "a\tx\tCDS\t1\t9\n"), HasSubstr("line 2: has fewer than the nine"));
  EXPECT_THAT(error_of("a\tx\tCDS\tone\t9\t.\t+\t0\tID=g\n"), HasSubstr("line 1: start is 'one'"));
  EXPECT_THAT(error_of("a\tx\tCDS\t0\t9\t.\t+\t0\tID=g\n"), HasSubstr("start is '0'"));
  EXPECT_THAT(error_of("a\tx\tCDS\t10\t9\t.\t+\t0\tID=g\n"),
              HasSubstr("start 10 is right of end 9"));
  EXPECT_THAT(error_of("a\tx\tCDS\t1\t9\t.\tplus\t0\tID=g\n"), HasSubstr("strand is 'plus'"));
  EXPECT_THAT(error_of("##sequence-region a 1 -5\n"), HasSubstr("the sequence's end is '-5'"));
}

}  // namespace
}  // namespace heddle::io
