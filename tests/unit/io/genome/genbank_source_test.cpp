#include "io/error.h"
#include "io/source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kHead =
    "LOCUS       SHORT        72 bp    DNA     circular BCT 01-JAN-1980\n"
    "DEFINITION  A made record.\n"
    "ACCESSION   AB000001\n"
    "VERSION     AB000001.1\n"
    "FEATURES             Location/Qualifiers\n"
    "     source          1..72\n";
const std::string kBases =
    "ORIGIN\n"
    "        1 acgtacgtac gtacgtacgt acgtacgtac gtacgtacgt acgtacgtac gtacgtrygt\n"
    "       61 acgtacgtac gu\n"
    "//\n";

class GenbankSource : public ::testing::Test {
 protected:
  /// The pieces joined; the header of the last.
  Sequence read(const std::string& text, std::size_t piece = 1 << 16) {
    const auto source = open_source(folder_.write("a.gbk", text), {.piece = piece});
    Sequence whole;
    std::string bases;
    while (auto sample = source->next()) {
      whole = std::get<Sequence>(*sample);
      EXPECT_EQ(whole.offset, static_cast<std::int64_t>(bases.size()));
      EXPECT_EQ(whole.first, bases.empty());
      EXPECT_LE(whole.bases.size(), piece);
      bases += whole.bases;
    }
    EXPECT_TRUE(whole.last);
    whole.bases = bases;
    return whole;
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

TEST_F(GenbankSource, GivesTheBasesUnderTheNameOfTheVersion) {
  const Sequence read_back = read(kHead + kBases);
  EXPECT_EQ(read_back.name, "AB000001.1");
  EXPECT_EQ(read_back.description, "A made record.");
  EXPECT_EQ(read_back.bases.size(), 72U);
  EXPECT_EQ(read_back.bases.substr(50, 12), "GTACGTNNGTAC");
  EXPECT_TRUE(read_back.bases.ends_with("ACGT"));
  EXPECT_TRUE(read_back.circular);
  EXPECT_EQ(read_back.length, 72);
}

TEST_F(GenbankSource, PiecesOfAnySizeGiveTheSameBases) {
  const std::string whole = read(kHead + kBases).bases;
  for (const std::size_t piece : {1, 7, 60, 71, 72, 73}) {
    EXPECT_EQ(read(kHead + kBases, piece).bases, whole) << piece;
  }
}

TEST_F(GenbankSource, ARecordCutOffAnywhereIsAnError) {
  const std::string text = kHead + kBases;
  for (std::size_t length = kHead.find('\n'); length < text.rfind("//"); length += 13) {
    EXPECT_THAT(error_of(text.substr(0, length)), HasSubstr("cut off")) << length;
  }
}

TEST_F(GenbankSource, BasesThatAreFewerThanTheHeadSaysAreAnError) {
  std::string text = kHead + kBases;
  text.replace(text.find("       61 acgtacgtac gu\n"), 24, "");
  EXPECT_THAT(error_of(text), AllOf(HasSubstr("says 72 bases"), HasSubstr("has 60")));
}

TEST_F(GenbankSource, ARecordWithoutItsBasesSaysWhatToDo) {
  EXPECT_THAT(error_of(kHead + "CONTIG      join(X1:1..72)\n//\n"),
              AllOf(HasSubstr("line 1"), HasSubstr("no bases"), HasSubstr("GenBank (full)")));
}

TEST_F(GenbankSource, TwoRecordsOfOneNameAreRefused) {
  EXPECT_THAT(error_of(kHead + kBases + kHead + kBases), HasSubstr("used before, at line 1"));
}

TEST_F(GenbankSource, LettersThatAreNoBasesAreNamedWithTheirLine) {
  std::string text = kHead + kBases;
  text[text.find("acgtrygt") + 2] = '!';
  EXPECT_THAT(error_of(text), AllOf(HasSubstr("line 8"), HasSubstr("'!'")));
}

}  // namespace
}  // namespace heddle::io
