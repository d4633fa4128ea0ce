#include "io/read_filter.h"

#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

namespace heddle::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kData = std::string(HEDDLE_TEST_DATA) + "/genome/";

TEST(ParseRegion, ReadsWhatSamtoolsReads) {
  EXPECT_EQ(parse_region("one", false), (Region{.reference = "one"}));
  EXPECT_EQ(parse_region("one:1,001", false), (Region{.reference = "one", .start = 1000}));
  EXPECT_EQ(parse_region("one:5-20", false), (Region{"one", 4, 20}));
  EXPECT_EQ(parse_region("one:-20", false), (Region{"one", 0, 20}));
  EXPECT_EQ(parse_region("one:5-5", false), (Region{"one", 4, 5}));
  EXPECT_EQ(parse_region("HLA:1:5-20", false), (Region{"HLA:1", 4, 20}));
  EXPECT_EQ(parse_region("HLA:1", true), (Region{.reference = "HLA:1"}));
}

TEST(ParseRegion, RefusesWhatIsNoRegion) {
  for (const char* text :
       {"one:", "one:-", "one:0-5", "one:9-5", "one:x", "one:1-2-3", "one:--5"}) {
    EXPECT_THROW(parse_region(text, false), RequestError) << text;
  }
}

TEST(ReadBedRegions, TakesThreeColumnsAndPassesCommentsOver) {
  const ScratchFolder folder;
  const std::string file =
      folder.write("x.bed", "# made\ntrack name=x\none\t4\t20\tgene\t0\t+\r\n\ntwo\t0\t7\n");
  EXPECT_THAT(read_bed_regions(file), ElementsAre(Region{"one", 4, 20}, Region{"two", 0, 7}));
}

TEST(ReadBedRegions, NamesTheLineThatIsNoBed) {
  const ScratchFolder folder;
  for (const char* line : {"one 4 20", "one\t4", "one\t20\t4", "one\tfour\t20", "one\t-1\t20"}) {
    const std::string file = folder.write("x.bed", std::string("one\t1\t2\n") + line + "\n");
    EXPECT_THAT([&] { read_bed_regions(file); },
                testing::ThrowsMessage<InputError>(HasSubstr("x.bed, line 2")))
        << line;
  }
  EXPECT_THROW(read_bed_regions(folder.write("empty.bed", "#\n")), InputError);
  EXPECT_THROW(read_bed_regions(folder / "missing.bed"), InputError);
}

std::vector<std::string> names(const std::string& file, const ReadFilter& filter) {
  std::vector<std::string> found;
  SourceOptions options{.reference = kData + "reference.fa", .reads = filter};
  for (const Sequence& read : read_all(file, options)) found.push_back(read.name);
  return found;
}

/// What `samtools view sorted.bam one:60-90 two:200` gives, without secondary and supplementary.
const std::vector<std::string> kInRegions = {"pair4/1", "pair2/1", "pair1/1", "pair5/1", "long"};

class ReadFilterOf : public ::testing::TestWithParam<std::string> {};

TEST_P(ReadFilterOf, RegionsGiveTheSameReadsWithAndWithoutAnIndex) {
  const ReadFilter filter{.regions = {"one:60-90", "two:200"}};
  EXPECT_EQ(names(kData + GetParam(), filter), kInRegions);
  const ScratchFolder folder;  // no index there
  EXPECT_EQ(names(folder.write(GetParam(), read_file(kData + GetParam())), filter), kInRegions);
}

TEST_P(ReadFilterOf, AnIndexOlderThanItsFileIsNotUsed) {
  const ScratchFolder folder;
  const std::string index = GetParam() + (GetParam().ends_with("cram") ? ".crai" : ".bai");
  folder.write(index, "an index of another file");
  const std::string file = folder.write(GetParam(), read_file(kData + GetParam()));
  std::filesystem::last_write_time(folder / index,
                                   std::filesystem::last_write_time(file) - std::chrono::hours(1));
  EXPECT_EQ(names(file, {.regions = {"one:60-90", "two:200"}}), kInRegions);
}

TEST_P(ReadFilterOf, RegionsMayOverlapAndComeFromABedFile) {
  const ScratchFolder folder;
  const std::string bed = folder.write("x.bed", "two\t199\t200\none\t59\t80\none\t70\t90\n");
  EXPECT_EQ(names(kData + GetParam(), {.bed = bed}), kInRegions);
}

TEST_P(ReadFilterOf, OfBothKindsOfRegionsEachMustBeOverlapped) {
  const ScratchFolder folder;
  const std::string bed = folder.write("x.bed", "two\t199\t200\none\t59\t90\n");
  const std::string file = kData + GetParam();
  EXPECT_EQ(names(file, {.regions = {"one:60-90"}, .bed = bed}),
            names(file, {.regions = {"one:60-90"}}));
  EXPECT_EQ(names(file, {.regions = {"one", "two"}, .bed = bed}), kInRegions);
  EXPECT_TRUE(names(file, {.regions = {"two:1-2"}, .bed = bed}).empty());
}

TEST_P(ReadFilterOf, FlagsAndMappingQualitySelect) {
  EXPECT_THAT(names(kData + GetParam(), {.with_all = 16, .without = 1}), ElementsAre("reverse"));
  EXPECT_THAT(names(kData + GetParam(), {.with_all = 4}), ElementsAre("codes", "bare", "nothing"));
  EXPECT_EQ(names(kData + GetParam(), {.min_quality = 60}).size(), 14u);
  EXPECT_EQ(names(kData + GetParam(), {.min_quality = 61}).size(), 0u);
}

TEST_P(ReadFilterOf, ARegionOnAReferenceThatIsNotThereIsAnErrorThatNamesThoseThatAre) {
  EXPECT_THAT([&] { names(kData + GetParam(), {.regions = {"three:1-5"}}); },
              testing::ThrowsMessage<InputError>(HasSubstr("it has one, two")));
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         ReadFilterOf,
                         ::testing::Values("sorted.bam", "sorted.cram"),
                         [](const auto& test) { return test.param.substr(7); });

TEST(ReadFilter, OfOtherFormatsIsRefused) {
  EXPECT_THAT([&] { names(kData + "reads.fastq", {.min_quality = 1}); },
              testing::ThrowsMessage<InputError>(HasSubstr("only SAM, BAM and CRAM")));
}

}  // namespace
}  // namespace heddle::io
