#include "io/motifs/motif.h"
#include "tests/unit/io/motifs/motif_files.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using ::testing::ElementsAre;
using Counts = std::array<double, 4>;

MotifFile read_text(const std::string& text) {
  const ScratchFolder folder;
  return read_motifs(folder.write("motifs", text));
}

TEST(MotifReaders, TransfacTakesTheAccessionTheNameAndTheLettersInAnyOrder) {
  const MotifFile file = read_text(kTransfac);
  EXPECT_EQ(file.format, "TRANSFAC matrices");
  ASSERT_EQ(file.motifs.size(), 2u);
  EXPECT_EQ(file.motifs[0].id, "MA0001.3");
  EXPECT_EQ(file.motifs[0].name, "AGL3");
  EXPECT_THAT(file.motifs[0].counts, ElementsAre(Counts{0, 92, 0, 3}, Counts{2, 79, 0, 16.5}));
  EXPECT_EQ(file.motifs[1].id, "V$MYOD_01");
  EXPECT_EQ(file.motifs[1].name, "MyoD");
  EXPECT_THAT(file.motifs[1].counts, ElementsAre(Counts{4, 3, 2, 1}));
}

TEST(MotifReaders, JasparTakesRowsWithAndWithoutLettersAndBrackets) {
  const MotifFile file = read_text(kJaspar);
  EXPECT_EQ(file.format, "JASPAR matrices");
  ASSERT_EQ(file.motifs.size(), 2u);
  EXPECT_EQ(file.motifs[0].name, "RUNX1");
  EXPECT_THAT(file.motifs[0].counts,
              ElementsAre(Counts{10, 2, 3, 11}, Counts{12, 2, 1, 11}, Counts{4, 7, 1, 14}));
  EXPECT_THAT(file.motifs[1].counts, ElementsAre(Counts{0.5, 1, 0, 2}, Counts{1, 0, 0, 2}));
}

TEST(MotifReaders, ABareMatrixIsCalledByItsFile) {
  const ScratchFolder folder;
  const MotifFile file = read_motifs(folder.write("crp.pfm", "1 0\n0 1\n0 1\n3 2\n"));
  ASSERT_EQ(file.motifs.size(), 1u);
  EXPECT_EQ(file.motifs[0].id, "crp");
  EXPECT_THAT(file.motifs[0].counts, ElementsAre(Counts{1, 0, 0, 3}, Counts{0, 1, 1, 2}));
}

TEST(MotifReaders, MemeProbabilitiesBecomeCountsOfTheirSites) {
  const MotifFile file = read_text(kMeme);
  EXPECT_EQ(file.format, "MEME matrices");
  ASSERT_EQ(file.motifs.size(), 2u);
  EXPECT_EQ(file.motifs[0].id, "crp");
  EXPECT_EQ(file.motifs[0].name, "CRP-cAMP");
  EXPECT_THAT(file.motifs[0].counts,
              ElementsAre(Counts{0, 17, 0, 0}, Counts{4.25, 4.25, 4.25, 4.25}));
  EXPECT_THAT(file.motifs[1].counts, ElementsAre(Counts{2, 4, 6, 8}));
}

TEST(MotifReaders, MotifsOfOneIdAreToldApartAndKeepItAsTheirName) {
  const MotifFile file =
      read_text(">box\nTATAAT\n>box\nTTGACA\n>box_2 mine\nACGT\n>box other\nAC\n");
  ASSERT_EQ(file.motifs.size(), 4u);
  EXPECT_EQ(file.motifs[0].id, "box");
  EXPECT_EQ(file.motifs[0].name, "");
  EXPECT_EQ(file.motifs[1].id, "box_3");
  EXPECT_EQ(file.motifs[1].name, "box");
  EXPECT_EQ(file.motifs[2].id, "box_2");
  EXPECT_EQ(file.motifs[3].id, "box_4");
  EXPECT_EQ(file.motifs[3].name, "other");
}

TEST(MotifReaders, PatternsAreIupacLettersOnAnyNumberOfLines) {
  const MotifFile file = read_text(kPatterns);
  EXPECT_EQ(file.format, "FASTA patterns");
  ASSERT_EQ(file.motifs.size(), 2u);
  EXPECT_EQ(file.motifs[0].id, "TATA");
  EXPECT_EQ(file.motifs[0].name, "box of promoters");
  EXPECT_EQ(file.motifs[0].pattern, "TATAAWR");
  EXPECT_EQ(file.motifs[1].pattern, "CANNTG");
}

TEST(MotifReaders, LineEndsGzipAndByteOrderMarksMakeNoDifference) {
  const ScratchFolder folder;
  for (const std::string text : {kTransfac, kJaspar, kMeme, kPatterns}) {
    std::string windows = "\xef\xbb\xbf";
    for (const char letter : text) windows += letter == '\n' ? "\r\n" : std::string(1, letter);
    const MotifFile expected = read_motifs(folder.write("a", text));
    const MotifFile read = read_motifs(folder.write("b.gz", gzip_member(windows)));
    EXPECT_EQ(read.format, expected.format);
    ASSERT_EQ(read.motifs.size(), expected.motifs.size());
    for (std::size_t i = 0; i < read.motifs.size(); ++i) {
      EXPECT_EQ(read.motifs[i].id, expected.motifs[i].id);
      EXPECT_EQ(read.motifs[i].counts, expected.motifs[i].counts);
      EXPECT_EQ(read.motifs[i].pattern, expected.motifs[i].pattern);
    }
  }
}

}  // namespace
}  // namespace heddle::io
