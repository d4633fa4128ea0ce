#include "io/formats/site_rows.h"

#include "io/error.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

class SiteRows : public testing::Test {
 protected:
  std::vector<SiteRow> read(const std::string& text) {
    return read_sites(scratch_.write("sites.txt", text));
  }
  ScratchFolder scratch_;
};

TEST_F(SiteRows, ReadsGff3AndBedLineByLine) {
  const auto sites = read(
      "##gff-version 3\n"
      "c%3D1\theddle\tnucleotide_motif\t11\t20\t7.5\t-\t.\tID=s1;Name=a%3Bb\n"
      "\n"
      "c\theddle\tTATA_box\t1\t4\t.\t.\t.\tscore=1\n"
      "c\t10\t20\ta;b\t0\t+\n");
  ASSERT_EQ(sites.size(), 3u);
  EXPECT_EQ(sites[0].sequence, "c=1");
  EXPECT_EQ(sites[0].motif, "a;b");
  EXPECT_EQ(sites[0].start, 10);
  EXPECT_EQ(sites[0].end, 20);
  EXPECT_EQ(sites[0].strand, '-');
  EXPECT_EQ(sites[1].motif, "TATA_box");
  EXPECT_EQ(sites[2].motif, "a;b");
  EXPECT_EQ(sites[2].start, 10);
}

TEST_F(SiteRows, EndsWhereSequencesBegin) {
  EXPECT_EQ(read("c\t1\t2\tm\t0\t+\n##FASTA\n>c\nACGT\n").size(), 1u);
}

TEST_F(SiteRows, NamesTheLineThatIsNoSite) {
  for (const char* bad :
       {"c\t5\t5\tm\t0\t+", "c\t1\t2\tm\t0\tx", "c\t1\t2\tm", "c\tx\t2\tm\t0\t+"}) {
    try {
      read(std::string("c\t1\t2\tm\t0\t+\n") + bad + "\n");
      ADD_FAILURE() << bad;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("line 2: is no site"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace heddle::io
