#include "io/formats/fasta.h"

#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<Sequence> read_text(const std::string& text, const SourceOptions& options = {}) {
  const ScratchFolder folder;
  return read_all(folder.write("x.fa", text), options);
}

std::string error_of(const std::string& text) {
  const ScratchFolder folder;
  return input_error(folder.write("x.fa", text));
}

std::string only_bases(const std::string& text) {
  const auto pieces = read_text(text);
  EXPECT_EQ(pieces.size(), 1U);
  return pieces.empty() ? "" : pieces.front().bases;
}

struct Letters {
  std::string name, body, bases;
};
class FastaLetters : public ::testing::TestWithParam<Letters> {};

TEST_P(FastaLetters, AreFolded) {
  EXPECT_EQ(only_bases(">x\n" + GetParam().body), GetParam().bases);
}

INSTANTIATE_TEST_SUITE_P(Rules,
                         FastaLetters,
                         ::testing::Values(Letters{"lower", "acgtn\n", "ACGTN"},
                                           Letters{"uracil", "AUu\n", "ATT"},
                                           Letters{"iupac", "RYSWKMBDHVryx\n", "NNNNNNNNNNNNN"},
                                           Letters{"gaps", "A-C*G.T\n", "ANCNGNT"},
                                           Letters{"blanks", "A C\tG\n  T \n", "ACGT"},
                                           Letters{"dos", "AC\r\nGT\r\n", "ACGT"},
                                           Letters{"oldmac", "AC\rGT\r", "ACGT"},
                                           Letters{"emptylines", "\nAC\n\n\nGT\n\n", "ACGT"},
                                           Letters{"comment", "AC\n;note >x\nGT\n", "ACGT"},
                                           Letters{"nonewline", "AC\nGT", "ACGT"}),
                         [](const auto& test) { return test.param.name; });

TEST(Fasta, KeepsLettersAsWrittenButInUpperCaseWhereAsked) {
  SourceOptions options;
  options.keep_letters = true;
  const auto pieces = read_text(">x\nacRyU-\n n*.\n", options);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].bases, "ACRYU-N*.");
}

TEST(Fasta, SplitsTheHeaderIntoNameAndDescription) {
  const auto pieces = read_text(">  chr1 \t Homo sapiens \r\nA\r\n>b\nC\n");
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].name, "chr1");
  EXPECT_EQ(pieces[0].description, "Homo sapiens");
  EXPECT_EQ(pieces[1].name, "b");
  EXPECT_EQ(pieces[1].description, "");
}

TEST(Fasta, SkipsAByteOrderMarkAndCommentsBeforeTheFirstHeader) {
  EXPECT_EQ(only_bases("\xef\xbb\xbf; made by hand\n\n>x\nACGT\n"), "ACGT");
}

TEST(Fasta, EmptyContigsAreSamplesOfLengthZero) {
  const auto pieces = read_text(">a\n>b\n\nAC\n>c");
  ASSERT_EQ(pieces.size(), 3U);
  for (const Sequence& piece : {pieces[0], pieces[2]}) {
    EXPECT_TRUE(piece.first && piece.last);
    EXPECT_EQ(piece.bases, "");
    EXPECT_EQ(piece.length, 0);
  }
}

class FastaPieces : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FastaPieces, AnySizeGivesTheSameSequences) {
  std::string text, expected[2];
  for (int contig = 0; contig < 2; ++contig) {
    text += contig == 0 ? ">a\n" : ">b\n";
    for (int i = 0; i < 9001; ++i) {
      expected[contig] += "ACGTN"[(i * i + contig) % 5];
      text += expected[contig].back();
      if (i % 61 == 60) text += "\r\n";
    }
    text += "\n";
  }
  std::string joined[2];
  for (const Sequence& piece : read_text(text, {.piece = GetParam()})) {
    const int contig = piece.name == "a" ? 0 : 1;
    EXPECT_LE(piece.bases.size(), GetParam());
    EXPECT_EQ(piece.offset, static_cast<std::int64_t>(joined[contig].size()));
    EXPECT_EQ(piece.first, piece.offset == 0);
    joined[contig] += piece.bases;
    EXPECT_EQ(piece.last, joined[contig].size() == 9001U);
    EXPECT_EQ(piece.length.value_or(-1), piece.last ? 9001 : -1);
  }
  EXPECT_EQ(joined[0], expected[0]);
  EXPECT_EQ(joined[1], expected[1]);
}

INSTANTIATE_TEST_SUITE_P(Sizes, FastaPieces, ::testing::Values(1, 7, 4096, 9001, 65536));

TEST(Fasta, ACompressedFileGivesTheSameSequences) {
  const ScratchFolder folder;
  const std::string text = read_file(std::string(HEDDLE_TEST_DATA) + "/genome/reference.fa");
  const auto plain = read_text(text);
  const std::string half = gzip_member(text.substr(0, 500)) + gzip_member(text.substr(500));
  for (const std::string& bytes : {gzip_member(text), half, bgzf(text, 100)}) {
    const auto packed = read_text(bytes);
    ASSERT_EQ(packed.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(packed[i].bases, plain[i].bases);
  }
}

TEST(Fasta, TruncatedCompressionIsAnErrorBehindTheWholePieces) {
  const ScratchFolder folder;
  const std::string text = ">a\n" + std::string(50000, 'A') + "\n>b\n" + std::string(50000, 'C');
  const std::string whole = bgzf(text, 10000);
  const std::string path = folder.write("x.fa.gz", whole.substr(0, whole.size() - 28));
  const auto source = open_source(path, {.piece = 1000});
  std::size_t pieces = 0;
  const std::string message = message_of<InputError>([&] {
    while (source->next()) ++pieces;
  });
  EXPECT_THAT(message, AllOf(HasSubstr(path), HasSubstr("truncated")));
  EXPECT_GE(pieces, 50U);
}

TEST(Fasta, AForeignByteIsNamedWithItsPlace) {
  EXPECT_THAT(error_of(">a\nACGT\nAC1GT\n"), HasSubstr("x.fa, line 3: column 3: '1' is not a"));
  EXPECT_THAT(error_of(">a\nMKLV\n"), HasSubstr("column 3: 'L' is not a nucleotide; proteins"));
  EXPECT_THAT(error_of(std::string(">a\nAC\0GT\n", 9)), HasSubstr("0x00"));
  EXPECT_THAT(error_of(">a\nAC>b\n"), HasSubstr("'>' is not a nucleotide"));
}

TEST(Fasta, ANameUsedTwiceIsNamedWithBothLines) {
  EXPECT_THAT(error_of(">a x\nAC\n>b\n>a y\nGT\n"),
              AllOf(HasSubstr("line 4"), HasSubstr("'a' was used before, at line 1")));
}

TEST(Fasta, AHeaderNeedsAName) {
  EXPECT_THAT(error_of(">\nAC\n"), HasSubstr("line 1: the header has no name"));
  EXPECT_THAT(error_of("> \t\nAC\n"), HasSubstr("no name"));
}

TEST(Fasta, AnEndlessHeaderIsRefused) {
  EXPECT_THAT(error_of(">" + std::string(2 << 20, 'a')), HasSubstr("longer than"));
}

TEST(Fasta, TextBeforeTheFirstHeaderIsRefused) {
  EXPECT_THAT(error_of(";comment\nACGT\n>a\nAC\n"), HasSubstr("accepted are"));
}

TEST(Fasta, OnlyATopologyMakesACircle) {
  EXPECT_TRUE(says_circular("[organism=x] [topology=circular]"));
  EXPECT_TRUE(says_circular("length=5386 depth=1.0x circular=true"));
  EXPECT_TRUE(says_circular("len=3 suggestCircular=yes"));
  EXPECT_TRUE(says_circular("Topology=Circular"));
  EXPECT_FALSE(says_circular("plasmid pPCP1, complete genome"));
  EXPECT_FALSE(says_circular("hypothetical circular RNA"));
  EXPECT_FALSE(says_circular("circular=false"));
  EXPECT_FALSE(says_circular("topology=circularised"));
  EXPECT_FALSE(says_circular("noncircular=true"));
}

}  // namespace
}  // namespace heddle::io
