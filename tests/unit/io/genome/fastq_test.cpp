#include "io/formats/fastq.h"

#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Sequence> read_text(const std::string& text) {
  const ScratchFolder folder;
  return read_all(folder.write("x.fq", text));
}

std::string error_of(const std::string& text) {
  const ScratchFolder folder;
  return input_error(folder.write("x.fq", text));
}

TEST(Fastq, AReadIsOneSampleWithPhredQualities) {
  const auto reads = read_text("@r1 a b\nacgu\n+\n!I~#\n");
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_EQ(reads[0].kind, Sequence::Kind::kRead);
  EXPECT_EQ(reads[0].name, "r1");
  EXPECT_EQ(reads[0].description, "a b");
  EXPECT_EQ(reads[0].bases, "ACGT");
  EXPECT_THAT(reads[0].qualities, ElementsAre(0, 40, 93, 2));
  EXPECT_TRUE(reads[0].first && reads[0].last);
  EXPECT_EQ(reads[0].length, 4);
}

struct Layout {
  std::string name, text;
};
class FastqLayout : public ::testing::TestWithParam<Layout> {};

TEST_P(FastqLayout, GivesTheSameTwoReads) {
  const auto reads = read_text(GetParam().text);
  ASSERT_EQ(reads.size(), 2U);
  EXPECT_EQ(reads[0].bases, "ACGTAC");
  EXPECT_EQ(reads[1].bases, "GGT");
  EXPECT_THAT(reads[0].qualities, ElementsAre(31, 10, 31, 40, 40, 40));
  EXPECT_THAT(reads[1].qualities, ElementsAre(31, 10, 40));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    FastqLayout,
    ::testing::Values(Layout{"plain", "@a\nACGTAC\n+\n@+@III\n@b\nGGT\n+\n@+I\n"},
                      Layout{"lines", "@a\nACG\nTAC\n+\n@+\n@II\nI\n@b\nG\nGT\n+\n@\n+I\n"},
                      Layout{"dos", "@a\r\nACGTAC\r\n+\r\n@+@III\r\n@b\r\nGGT\r\n+\r\n@+I\r\n"},
                      Layout{"repeated", "@a x\nACGTAC\n+a x\n@+@III\n@b\nGGT\n+b\n@+I\n"},
                      Layout{"nonewline", "@a\nACGTAC\n+\n@+@III\n@b\nGGT\n+\n@+I"},
                      Layout{"blanklines", "\n@a\nACGTAC\n+\n@+@III\n\n@b\nGGT\n+\n@+I\n\n\n"}),
    [](const auto& test) { return test.param.name; });

TEST(Fastq, EmptyReadsAreSamples) {
  for (const char* text : {"@a\n\n+\n\n@b\nA\n+\nI\n", "@a\n+\n@b\nA\n+\nI\n"}) {
    const auto reads = read_text(text);
    ASSERT_EQ(reads.size(), 2U);
    EXPECT_EQ(reads[0].length, 0);
    EXPECT_EQ(reads[1].bases, "A");
  }
}

TEST(Fastq, InterleavedPairsGetNamesOfTheirOwn) {
  const auto reads = read_text("@a\nA\n+\nI\n@a\nC\n+\nI\n@b\nG\n+\nI\n@a\nG\n+\nI\n");
  ASSERT_EQ(reads.size(), 4U);
  EXPECT_EQ(reads[0].name, "a");
  EXPECT_EQ(reads[1].name, "a/2");
  EXPECT_EQ(reads[2].name, "b");
  EXPECT_EQ(reads[3].name, "a");
}

struct Broken {
  std::string name, text, expected;
};
class FastqErrors : public ::testing::TestWithParam<Broken> {};

TEST_P(FastqErrors, SayWhatAndWhere) {
  EXPECT_THAT(error_of(GetParam().text), HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    FastqErrors,
    ::testing::Values(
        Broken{"many", "@a\nAC\n+\nIII\n", "line 1: read 'a' has 2 bases and 3 qualities"},
        Broken{"few", "@a\nACG\n+\nII\n", "line 1: the file ends in the qualities of read 'a'"},
        Broken{"bases", "@a\nACG\n", "line 1: the file ends in the bases of read 'a'"},
        Broken{"letter", "@a\nAC!G\n+\nIIII\n", "line 2: column 3: '!' is not a nucleotide"},
        Broken{"blank", "@a\nAC G\n+\nIIII\n", "line 2: column 3: 0x20 is not a nucleotide"},
        Broken{"quality", "@a\nACG\n+\nI\tI\n", "line 4: column 2: 0x09 is not a quality"},
        Broken{"plus", "@a\nACG\n+b\nIII\n", "line 3: the text behind '+' differs"},
        Broken{"header", "@a\nA\n+\nI\nb\nA\n+\nI\n", "line 5: expected '@'"},
        Broken{"name", "@\nA\n+\nI\n", "line 1: the read has no name"}),
    [](const auto& test) { return test.param.name; });

TEST(Fastq, EveryTruncationIsNoticedUnlessItFallsBetweenReads) {
  const ScratchFolder folder;
  std::string text;
  std::vector<std::size_t> ends;
  while (text.size() < 4096) {
    const std::size_t size = text.size() % 61 + 20;
    text += "@r" + std::to_string(ends.size()) + "\n" + std::string(size, 'A') + "\n+\n" +
            std::string(size, 'I') + "\n";
    ends.push_back(text.size());
  }
  for (std::size_t size = 1; size <= text.size(); ++size) {
    // A read is whole with its last quality, with or without the newline.
    std::size_t whole = 0;
    while (whole < ends.size() && ends[whole] - 1 <= size) ++whole;
    const bool between = whole > 0 && size <= ends[whole - 1];
    const auto source = open_source(folder.write("x.fq", text.substr(0, size)));
    std::size_t reads = 0;
    const std::string message = message_of<InputError>([&] {
      while (source->next()) ++reads;
    });
    EXPECT_EQ(message.empty(), between) << size;
    EXPECT_EQ(reads, whole) << size;
  }
}

}  // namespace
}  // namespace heddle::io
