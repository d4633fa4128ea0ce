#include "io/formats/tagged_alignments.h"

#include "io/formats/alignment_records.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <htslib/sam.h>

namespace heddle::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kData = std::string(HEDDLE_TEST_DATA) + "/genome/";

SourceOptions keeping() { return {.reference = kData + "reference.fa", .keep_records = true}; }

/// A file's records as SAM lines.
std::vector<std::string> sam_lines(const std::string& path) {
  htsFile* file = hts_open(path.c_str(), "r");
  hts_set_opt(file, CRAM_OPT_REFERENCE, (kData + "reference.fa").c_str());
  hts_set_opt(file, CRAM_OPT_DECODE_MD, 0);  // what is stored, not what can be made of it
  sam_hdr_t* header = sam_hdr_read(file);
  bam1_t* record = bam_init1();
  std::vector<std::string> lines;
  kstring_t text = KS_INITIALIZE;
  while (sam_read1(file, header, record) >= 0) {
    if (sam_format1(header, record, &text) >= 0) lines.emplace_back(text.s);
  }
  ks_free(&text);
  bam_destroy1(record);
  sam_hdr_destroy(header);
  hts_close(file);
  return lines;
}

Interval gene(const std::string& read, char strand, std::vector<Interval::Part> parts) {
  Interval made;
  made.sequence = read;
  made.type = "CDS";
  made.strand = strand;
  made.parts = std::move(parts);
  made.score = 300.7;
  return made;
}

/// Every read of `input` written to `output`, those called `tagged` with `genes`.
void write_all(const std::string& input,
               const std::string& format,
               const std::string& output,
               const std::string& tagged,
               std::vector<Interval> genes) {
  const auto source = open_source(input, keeping());
  const auto sink = open_sink(
      format,
      output,
      {.input = source->info(), .reference = kData + "reference.fa", .program = "heddle 9.9"});
  while (std::optional<Sample> sample = source->next()) {
    const std::string name = std::get<Sequence>(*sample).name;
    std::vector<Record> records = {SequenceStart{name}};
    if (name == tagged) records.insert(records.end(), genes.begin(), genes.end());
    records.emplace_back(SequenceEnd{name});
    sink->write(*sample, records);
  }
  sink->close();
}

class TaggedFormat : public ::testing::TestWithParam<std::string> {};

TEST_P(TaggedFormat, HoldsEveryRecordAsItWasInOrder) {
  const ScratchFolder folder;
  for (const char* input : {"reads.sam", "reads.bam", "reads.cram", "sorted.bam"}) {
    const std::string out = folder / ("out." + GetParam());
    write_all(kData + input, GetParam(), out, "", {});
    EXPECT_EQ(sam_lines(out), sam_lines(kData + input)) << input;
  }
}

TEST_P(TaggedFormat, SaysEachReadsGenesInItsTags) {
  const ScratchFolder folder;
  const std::string out = folder / ("out." + GetParam());
  const Interval shifted = gene("reverse", '-', {{40, 61, 0}, {61, 80, 1}});
  Interval open = gene("reverse", '+', {{0, 31, 2}});
  open.partial_start = true;
  open.score = 12.5;
  write_all(kData + "reads.bam", GetParam(), out, "reverse", {shifted, open});
  for (const std::string& line : sam_lines(out)) {
    const bool tagged = line.starts_with("reverse\t");
    EXPECT_EQ(line.find("\tgs:B:") != std::string::npos, tagged) << line;
    if (!tagged) continue;
    EXPECT_THAT(line, HasSubstr("\tgs:B:I,0,40,61"));
    EXPECT_THAT(line, HasSubstr("\tgl:B:I,31,21,19"));
    EXPECT_THAT(line, HasSubstr("\tgt:B:C,18,4,13"));  // open + 2 | minus | minus + same gene + 1
    EXPECT_THAT(line, HasSubstr("\tgq:B:C,12,255,255"));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         TaggedFormat,
                         ::testing::Values("sam", "bam", "cram"),
                         [](const auto& test) { return test.param; });

TEST(TaggedAlignments, ReplaceOrDropTheTagsOfAnEarlierRun) {
  const ScratchFolder folder;
  const std::string first = folder / "first.bam";
  write_all(kData + "reads.bam", "bam", first, "long", {gene("long", '+', {{0, 90, 0}})});
  const std::string second = folder / "second.bam";
  write_all(first, "bam", second, "long", {gene("long", '+', {{30, 60, 0}})});
  const std::string third = folder / "third.bam";
  write_all(second, "bam", third, "", {});
  const auto tags_of_long = [](const std::string& file) {
    for (const std::string& line : sam_lines(file)) {
      if (line.starts_with("long\t0\t"))
        return line.substr(std::min(line.find("\tgs:"), line.size()));
    }
    return std::string("no such read");
  };
  EXPECT_EQ(tags_of_long(second), "\tgs:B:I,30\tgl:B:I,30\tgt:B:C,0\tgq:B:C,255");
  EXPECT_EQ(tags_of_long(third), "");
}

TEST(TaggedAlignments, NameTheProgramInTheHeader) {
  const ScratchFolder folder;
  const std::string out = folder / "out.sam";
  write_all(kData + "reads.sam", "sam", out, "", {});
  EXPECT_THAT(read_file(out), HasSubstr("@PG\tID:heddle\tPN:heddle\tVN:9.9\n"));
}

TEST(TaggedAlignments, AreRefusedForOtherInputs) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { write_all(kData + "reads.fastq", "bam", folder / "x.bam", "", {}); },
              testing::ThrowsMessage<OutputError>(HasSubstr("only SAM, BAM and CRAM")));
}

std::string sam_of(const std::string& records) {
  return "@SQ\tSN:one\tLN:600\tUR:/nowhere/one.fa\n" + records;
}

TEST(TaggedAlignments, RepeatsWithoutAReadAreWrittenToo) {
  const ScratchFolder folder;
  const std::string repeat = "\t2048\tone\t100\t60\t5M\t*\t0\t0\tACGTA\t*\n";
  const std::string file = folder.write("x.sam", sam_of("a" + repeat + "b" + repeat));
  write_all(file, "sam", folder / "out.sam", "", {});
  EXPECT_EQ(sam_lines(folder / "out.sam").size(), 2u);
}

TEST(TaggedAlignments, AWholeReadBeforeDamageIsNotLost) {
  const ScratchFolder folder;
  const std::string read = "r\t4\t*\t0\t0\t*\t*\t0\t0\tACGTA\t*\n";
  const std::string file = folder.write("x.sam", sam_of(read + "damaged\tline\n"));
  for (const bool keep : {false, true}) {
    const auto source = open_source(file, {.keep_records = keep});
    const std::optional<Sample> sample = source->next();
    ASSERT_TRUE(sample) << keep;
    EXPECT_EQ(std::get<Sequence>(*sample).name, "r");
    EXPECT_THROW(source->next(), InputError) << keep;
  }
}

TEST(TaggedAlignments, TakeAwayTagsOfTheSameNamesAndAnotherKind) {
  const ScratchFolder folder;
  const std::string file = folder.write(
      "x.sam", sam_of("r\t4\t*\t0\t0\t*\t*\t0\t0\tACGTACGTACGT\t*\tgs:i:7\tgq:Z:mine\n"));
  write_all(file, "sam", folder / "out.sam", "r", {gene("r", '+', {{3, 12, 0}})});
  const std::string line = sam_lines(folder / "out.sam").at(0);
  EXPECT_THAT(line, HasSubstr("\tgs:B:I,3\tgl:B:I,9\tgt:B:C,0\tgq:B:C,255"));
  EXPECT_THAT(line, testing::Not(HasSubstr("mine")));
}

TEST(TaggedAlignments, OfCramNeedAReferenceThatIsGiven) {
  const ScratchFolder folder;
  const std::string file =
      folder.write("x.sam", sam_of("r\t0\tone\t100\t60\t5M\t*\t0\t0\tACGTA\t*\n"));
  const auto source = open_source(file, {.keep_records = true});
  const SinkOptions options = {.input = source->info(), .program = "heddle 9.9"};
  EXPECT_THAT([&] { open_sink("cram", folder / "x.cram", options); },
              testing::ThrowsMessage<OutputError>(HasSubstr("give it with -T FASTA")));
}

}  // namespace
}  // namespace heddle::io
