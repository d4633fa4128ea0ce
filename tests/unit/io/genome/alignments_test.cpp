#include "io/formats/alignments.h"

#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kData = std::string(HEDDLE_TEST_DATA) + "/genome/";
const SourceOptions kWithReference{.reference = kData + "reference.fa"};

class Alignments : public ::testing::TestWithParam<std::string> {};

TEST_P(Alignments, GiveEachReadOnceAsStored) {
  const auto reads = read_all(kData + GetParam(), kWithReference);
  ASSERT_EQ(reads.size(), 17U);  // 19 records: one is secondary, one supplementary
  EXPECT_EQ(reads[0].name, "pair0/1");
  EXPECT_EQ(reads[1].name, "pair0/2");
  EXPECT_EQ(reads[0].qualities.size(), 50U);
  EXPECT_EQ(reads[12].name, "long");
  EXPECT_EQ(reads[12].length, 200);
  EXPECT_EQ(reads[13].name, "reverse");
  for (const Sequence& read : reads) {
    EXPECT_EQ(read.kind, Sequence::Kind::kRead);
    EXPECT_TRUE(read.first && read.last);
    EXPECT_EQ(read.length, static_cast<std::int64_t>(read.bases.size()));
  }
}

TEST_P(Alignments, FoldAmbiguityCodesAndKeepReadsWithoutQualitiesOrBases) {
  const auto reads = read_all(kData + GetParam(), kWithReference);
  ASSERT_EQ(reads.size(), 17U);
  EXPECT_EQ(reads[14].bases, "ACGTNNNNNNNNNNN");
  EXPECT_EQ(reads[15].bases, "ACGTACGT");
  EXPECT_TRUE(reads[15].qualities.empty());
  EXPECT_EQ(reads[16].name, "nothing");
  EXPECT_EQ(reads[16].length, 0);
}

TEST_P(Alignments, AgreeWithTheSamFile) {
  const auto expected = read_all(kData + "reads.sam");
  for (const int threads : {1, 2}) {
    SourceOptions options = kWithReference;
    options.threads = threads;
    const auto reads = read_all(kData + GetParam(), options);
    ASSERT_EQ(reads.size(), expected.size());
    for (std::size_t i = 0; i < reads.size(); ++i) {
      EXPECT_EQ(reads[i].name, expected[i].name);
      EXPECT_EQ(reads[i].bases, expected[i].bases);
      EXPECT_EQ(reads[i].qualities, expected[i].qualities);
    }
  }
}

TEST_P(Alignments, ComeThroughAPipe) {
  const ScratchFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string bytes = read_file(kData + GetParam());
  std::thread writer([&] { std::ofstream(path, std::ios::binary) << bytes; });
  const auto source = open_source(path, kWithReference);
  EXPECT_EQ(drain(*source).size(), 17U);
  EXPECT_EQ(source->position(), static_cast<std::int64_t>(bytes.size()));
  writer.join();
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         Alignments,
                         ::testing::Values("reads.sam", "reads.bam", "reads.cram"),
                         [](const auto& test) { return test.param.substr(6); });

TEST(AlignmentSource, CanBeLeftWhileItsPipeIsStillOpen) {
  const ScratchFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string bytes = read_file(kData + "reads.sam");
  std::string padded = bytes;
  while (padded.size() <= PeekedInput::kHeadBytes) padded += bytes.substr(bytes.find("pair0"));
  std::ofstream writer;
  std::thread opener([&] {
    writer.open(path, std::ios::binary);
    writer << padded << std::flush;
  });
  auto source = open_source(path);
  opener.join();
  EXPECT_TRUE(source->next().has_value());
  source.reset();  // must not wait for the writer, who never closes
  SUCCEED();
}

class Truncated : public ::testing::TestWithParam<std::string> {};

TEST_P(Truncated, AnyPrefixOfAFileOrStreamIsAnError) {
  const ScratchFolder folder;
  const std::string whole = read_file(kData + GetParam());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_NE(input_error(folder.write("x", whole.substr(0, size)), kWithReference), "") << size;
  }
}

TEST_P(Truncated, AMissingEndMarkerIsNoticedOnAPipe) {
  const ScratchFolder folder;
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string whole = read_file(kData + GetParam());
  const std::size_t marker = GetParam() == "reads.bam" ? 28 : 38;
  std::thread writer(
      [&] { std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() - marker); });
  EXPECT_THAT(input_error(path, kWithReference), HasSubstr("end-of-file marker is missing"));
  writer.join();
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         Truncated,
                         ::testing::Values("reads.bam", "reads.cram"),
                         [](const auto& test) { return test.param.substr(6); });

TEST(AlignmentSource, CompressedSamCutAnywhereIsAnError) {
  const ScratchFolder folder;
  const std::string sam = read_file(kData + "reads.sam");
  for (const std::string& whole : {gzip_member(sam), bgzf(sam, 1000)}) {
    EXPECT_EQ(read_all(folder.write("x", whole)).size(), 17U);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      EXPECT_NE(input_error(folder.write("x", whole.substr(0, size))), "") << size;
    }
  }
}

TEST(AlignmentSource, CramWithoutItsReferenceNamesTheRemedy) {
  EXPECT_THAT(input_error(kData + "reads.cram"),
              AllOf(HasSubstr("reads.cram"), HasSubstr("-T FASTA")));
}

TEST(AlignmentSource, AMissingReferenceIsNamed) {
  EXPECT_THAT(input_error(kData + "reads.cram", {.reference = "/none/ref.fa"}),
              HasSubstr("reference /none/ref.fa: cannot be opened: No such file"));
}

TEST(AlignmentSource, ABrokenSamLineIsNamedByItsRecord) {
  const ScratchFolder folder;
  const std::string sam = "@HD\tVN:1.6\na\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n";
  EXPECT_EQ(input_error(folder.write("x", sam)), "");
  EXPECT_THAT(input_error(folder.write("x", sam + "b\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tII\n")),
              HasSubstr("SAM record 2 is damaged or cut short"));
}

}  // namespace
}  // namespace heddle::io
