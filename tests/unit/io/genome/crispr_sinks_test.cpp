// Arrays of CRISPR in the formats that have a place for them.

#include "io/sink.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace heddle::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Interval array_at(std::int64_t start) {
  Interval array;
  array.sequence = "c";
  array.type = "repeat_region";
  array.strand = '.';
  array.parts = {
      {start, start + 30, 0}, {start + 62, start + 92, 0}, {start + 125, start + 155, 0}};
  array.score = 151.25;
  array.attributes = {{"rpt_family", "CRISPR"},
                      {"rpt_type", "direct"},
                      {"rpt_unit_seq", "CGGTTTATCCCCGCTGGCGCGGGGAACACA"},
                      {"copies", "3"},
                      {"spacer_length", "32.5"},
                      {"identity", "97.8"}};
  return array;
}

/// A circle of 1000 bases.
std::string written(const std::string& format, const std::vector<Interval>& arrays) {
  const ScratchFolder folder;
  const auto sink = open_sink(format, folder / "out", {});
  Sequence sequence;
  sequence.name = "c";
  sequence.bases = std::string(1000, 'A');
  std::vector<Record> records{SequenceStart{"c", 1000, true}};
  records.insert(records.end(), arrays.begin(), arrays.end());
  records.emplace_back(SequenceEnd{"c", 1000});
  sink->write(sequence, records);
  sink->close();
  return read_file(folder / "out");
}

TEST(CrisprInGff3, TheArrayIsTheParentOfItsRepeats) {
  const std::string text = written("gff3", {array_at(100)});
  EXPECT_THAT(text,
              HasSubstr("c\t.\trepeat_region\t101\t255\t151.250\t.\t.\tID=c_1;rpt_family=CRISPR;"
                        "rpt_type=direct;rpt_unit_seq=CGGTTTATCCCCGCTGGCGCGGGGAACACA;copies=3;"
                        "spacer_length=32.5;identity=97.8\n"
                        "c\t.\trepeat_unit\t101\t130\t.\t.\t.\tParent=c_1\n"
                        "c\t.\trepeat_unit\t163\t192\t.\t.\t.\tParent=c_1\n"
                        "c\t.\trepeat_unit\t226\t255\t.\t.\t.\tParent=c_1\n"));
}

TEST(CrisprInGff3, PassesTheValidatorOfGenomeTools) {
  if (std::system("gt --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "gt (package genometools) is not installed";
  }
  const ScratchFolder folder;
  for (const std::int64_t start : {100, 900}) {  // inside, and over the origin of the circle
    std::ofstream(folder / "x.gff3") << written("gff3", {array_at(start)});
    EXPECT_EQ(std::system(("gt gff3validator " + (folder / "x.gff3") + " >/dev/null").c_str()), 0)
        << start;
    std::filesystem::remove(folder / "x.gff3");
  }
}

TEST(CrisprInBed, RepeatsAreTheBlocks) {
  EXPECT_EQ(written("bed", {array_at(100)}),
            "c\t100\t255\tCRISPR\t151\t.\t100\t100\t0\t3\t30,30,30,\t0,62,125,\n");
}

TEST(CrisprInGenbank, IsARepeatRegionWithItsQualifiers) {
  const std::string text = written("gbk", {array_at(100), array_at(900)});
  EXPECT_THAT(text,
              AllOf(HasSubstr("     repeat_region   101..255\n"),
                    HasSubstr("                     /rpt_type=direct\n"),
                    HasSubstr("                     /rpt_family=\"CRISPR\"\n"),
                    HasSubstr("/rpt_unit_seq=\"CGGTTTATCCCCGCTGGCGCGGGGAACACA\"\n"),
                    HasSubstr("     repeat_region   join(901..1000,1..55)\n"),
                    HasSubstr("/note=\"copies 3\""),
                    Not(HasSubstr("rpt_type direct"))));
}

TEST(CrisprOnThePage, HasATableAndIsNoCopyOfAFamily) {
  const std::string text = written("html", {array_at(100)});
  EXPECT_THAT(text,
              AllOf(HasSubstr("CRISPR arrays"),
                    HasSubstr("CGGTTTATCCCCGCTGGCGCGGGGAACACA"),
                    Not(HasSubstr("Copies in families")),
                    Not(HasSubstr("Nothing was found"))));
}

}  // namespace
}  // namespace heddle::io
