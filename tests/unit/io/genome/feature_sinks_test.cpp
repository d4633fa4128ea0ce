#include "io/formats/feature_text.h"
#include "io/formats/spool.h"
#include "io/sink.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace heddle::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kData = std::string(HEDDLE_TEST_DATA) + "/genome/";
const SinkOptions kOptions{.genetic_code = 11, .program = "heddle 0.1.0"};

Interval gene(const std::string& sequence, char strand, std::vector<Interval::Part> parts) {
  Interval made;
  made.sequence = sequence;
  made.type = "CDS";
  made.strand = strand;
  made.parts = std::move(parts);
  made.score = 12.3456;
  return made;
}

// A contig with a whole gene, one off the edge, one broken by a frameshift, and names that need
// escapes; a circle with a gene over its origin; a read of known length; an empty contig.
std::vector<std::vector<Record>> run_of_everything() {
  Interval whole = gene("ctg 1;x", '+', {{99, 399, 0}});
  whole.attributes = {{"start_type", "ATG"}, {"note", "a=b;c,d%"}};
  whole.nucleotides = "ATG" + std::string(294, 'C') + "TAA";
  whole.protein = "M" + std::string(98, 'P') + "*";
  Interval edge = gene("ctg 1;x", '-', {{0, 61, 1}});
  edge.partial_end = true;
  edge.score = -0.5;
  Interval broken = gene("ctg 1;x", '-', {{500, 560, 0}, {559, 650, 1}});
  broken.attributes = {{"frameshift", "560:insertion"}, {"transl_table", "4"}};
  Interval repeat = gene("ctg 1;x", '.', {{700, 900, 0}});
  repeat.type = "repeat_region";
  repeat.score = std::numeric_limits<double>::quiet_NaN();
  Interval over = gene("circle", '+', {{280, 340, 0}});
  over.nucleotides = "ATGTAA";
  over.protein = "M*";
  Interval on_read = gene("r1", '+', {{0, 30, 2}});
  on_read.partial_start = on_read.partial_end = true;
  on_read.attributes = {{"ID", "named"}};
  return {{SequenceStart{"ctg 1;x", -1}, whole, edge},
          {broken, repeat, SequenceEnd{"ctg 1;x", 1000}},
          {SequenceStart{"circle", -1, true}, over, SequenceEnd{"circle", 300}},
          {SequenceStart{"r1", 30}, on_read, SequenceEnd{"r1", 30}},
          {Failure{"read r2", "too many\nN"}},
          {SequenceStart{"none", -1}, SequenceEnd{"none", 0}}};
}

std::string write_everything(const std::string& format, const std::string& path) {
  const auto sink = open_sink(format, path, kOptions);
  for (const auto& records : run_of_everything()) sink->write(Sequence{}, records);
  sink->close();
  return read_file(path);
}

class GoldenFeatures : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenFeatures, EqualTheStoredFile) {
  const ScratchFolder folder;
  const std::string name = "features." + GetParam();
  EXPECT_EQ(write_everything(GetParam(), folder / name), read_file(kData + name));
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         GoldenFeatures,
                         ::testing::Values("gff3", "bed", "faa", "ffn"),
                         [](const auto& test) { return test.param; });

TEST(Gff3, PassesTheValidatorOfGenomeTools) {
  if (std::system("gt --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "gt (package genometools) is not installed";
  }
  const ScratchFolder folder;
  write_everything("gff3", folder / "x.gff3");
  EXPECT_EQ(std::system(("gt gff3validator " + (folder / "x.gff3") + " >/dev/null").c_str()), 0);
}

std::string write_records(const std::string& format,
                          const std::vector<Record>& records,
                          const SinkOptions& options = {}) {
  const ScratchFolder folder;
  const auto sink = open_sink(format, folder / "out", options);
  sink->write(Sequence{}, records);
  sink->close();
  return read_file(folder / "out");
}

TEST(Gff3, TheRegionLineComesFirstHoweverLongTheSequence) {
  std::vector<Record> records = {SequenceStart{"a", -1}};
  for (int i = 0; i < 40000; ++i) records.push_back(gene("a", '+', {{i * 100, i * 100 + 90, 0}}));
  records.push_back(SequenceEnd{"a", 4000000});
  const std::string text = write_records("gff3", records);
  EXPECT_GT(text.size(), 2 * Spool::kMemoryBytes);
  EXPECT_TRUE(text.starts_with("##gff-version 3\n##sequence-region a 1 4000000\na\t.\tCDS\t1\t90"));
  EXPECT_THAT(text, HasSubstr("\tID=a_40000;transl_table=11\n"));
}

TEST(Gff3, SequencesMayInterleave) {
  const std::string text = write_records("gff3",
                                         {SequenceStart{"a", -1},
                                          SequenceStart{"b", 50},
                                          gene("a", '+', {{0, 9, 0}}),
                                          gene("b", '+', {{0, 9, 0}}),
                                          SequenceEnd{"b", 50},
                                          SequenceEnd{"a", 40}});
  EXPECT_LT(text.find("##sequence-region b 1 50"), text.find("ID=b_1"));
  EXPECT_LT(text.find("##sequence-region a 1 40"), text.find("ID=a_1"));
}

TEST(Gff3, ACircleIsSaidByItsStartAlone) {
  const std::string line = "\tregion\t1\t300\t.\t.\t.\tID=a:1..300;Is_circular=true\n";
  const auto text = [](std::int64_t length, bool circular) {
    return write_records(
        "gff3",
        {SequenceStart{"a", length, circular}, gene("a", '+', {{0, 9, 0}}), SequenceEnd{"a", 300}});
  };
  for (const std::int64_t length : {-1, 300}) {
    EXPECT_THAT(text(length, true), HasSubstr(line));
    EXPECT_THAT(text(length, false), Not(HasSubstr("Is_circular")));
  }
}

TEST(Gff3, AnInterruptedRunKeepsItsFeaturesAndSaysSo) {
  const ScratchFolder folder;
  const auto sink = open_sink("gff3", folder / "x.gff3", {});
  sink->write(Sequence{}, std::vector<Record>{gene("a", '+', {{0, 9, 0}})});
  sink->close_partial();
  EXPECT_FALSE(std::filesystem::exists(folder / "x.gff3"));
  const std::string text = read_file(folder / "x.gff3.partial");
  EXPECT_THAT(text, HasSubstr("ID=a_1"));
  EXPECT_THAT(text, HasSubstr("# not complete: the run ended before its input\n"));
}

TEST(Bed, FeaturesKeepTheirOrderAcrossTheOrigin) {
  const std::string text = write_records("bed",
                                         {SequenceStart{"a", -1},
                                          gene("a", '+', {{90, 108, 0}}),
                                          gene("a", '+', {{10, 20, 0}}),
                                          gene("a", '-', {{95, 99, 0}, {99, 104, 0}}),
                                          SequenceEnd{"a", 100}});
  EXPECT_EQ(text,
            "a\t0\t100\ta_1\t12\t+\t0\t100\t0\t2\t8,10,\t0,90,\n"
            "a\t10\t20\ta_2\t12\t+\t10\t20\t0\t1\t10,\t0,\n"
            "a\t0\t100\ta_3\t12\t-\t0\t100\t0\t3\t4,4,1,\t0,95,99,\n");
}

TEST(Bed, RnaGenesAreNamedByTheirKindAndHaveNothingThick) {
  Interval transfer = gene("a", '+', {{10, 86, 0}}), ribosomal = gene("a", '-', {{200, 1740, 0}});
  transfer.type = "tRNA";
  transfer.attributes = {{"product", "tRNA"}};
  ribosomal.type = "rRNA";
  ribosomal.attributes = {{"product", "16S ribosomal RNA"}};
  EXPECT_EQ(
      write_records(
          "bed", {transfer, ribosomal, gene("a", '+', {{1800, 1860, 0}}), SequenceEnd{"a", 2000}}),
      "a\t10\t86\ttRNA\t12\t+\t10\t10\t0\t1\t76,\t0,\n"
      "a\t200\t1740\t16S_rRNA\t12\t-\t200\t200\t0\t1\t1540,\t0,\n"
      "a\t1800\t1860\ta_3\t12\t+\t1800\t1860\t0\t1\t60,\t0,\n");
}

TEST(Tsv, TheTasksAttributesAreColumnsAndOthersStandInTheLast) {
  Interval first = gene("a", '-', {{9, 20, 0}});
  first.attributes = {{"frame", "x\ty"}, {"pvalue", "1e-05"}};
  Interval second = gene("a", '+', {{29, 40, 0}, {40, 50, 0}});
  second.score = std::numeric_limits<double>::quiet_NaN();
  second.partial_end = true;
  second.attributes = {{"pvalue", "2e-05"}, {"Name", "MA1"}};
  SinkOptions options;
  options.attributes = {{"Name"}, {"pvalue", Attribute::Type::kNumber}};
  EXPECT_EQ(write_records("tsv", {first, second, Failure{"read r2", "why"}}, options),
            "seqid\tstart\tstop\tstrand\ttype\tid\tscore\tparts\tpartial\tName\tpvalue\tother\n"
            "a\t10\t20\t-\tCDS\ta_1\t12.3456\t10-20\t\t\t1e-05\tframe=x y\n"
            "a\t30\t50\t+\tCDS\ta_2\t\t30-40,41-50\tstop\tMA1\t2e-05\t\n"
            "# failed: read r2: why\n# 1 failed\n");
}

TEST(Jsonl, AttributesHaveTheTypesThatAreDeclaredForThem) {
  Interval site = gene("a", '+', {{9, 20, 0}});
  site.attributes = {{"Name", "17"}, {"pvalue", "1e-05"}, {"reads", "12"}, {"period", "about 3"}};
  SinkOptions options;
  options.attributes = {{"Name"},
                        {"pvalue", Attribute::Type::kNumber},
                        {"reads", Attribute::Type::kInteger},
                        {"period", Attribute::Type::kInteger}};
  EXPECT_THAT(write_records("jsonl", {site}, options),
              HasSubstr("\"attributes\":{\"Name\":\"17\",\"pvalue\":1e-05,\"reads\":12,"
                        "\"period\":\"about 3\"}"));
}

TEST(Tsv, WithoutFeaturesItIsALineOfNames) {
  EXPECT_EQ(write_records("tsv", {SequenceStart{"a", -1}, SequenceEnd{"a", 9}}),
            "seqid\tstart\tstop\tstrand\ttype\tid\tscore\tparts\tpartial\tother\n");
}

TEST(Bed, AFeatureIsCalledByItsNameWhereItHasOne) {
  Interval site = gene("a", '+', {{9, 20, 0}});
  site.attributes = {{"ID", "a_7"}, {"Name", "MA0004.1"}};
  EXPECT_THAT(write_records("bed", {site, SequenceEnd{"a", 90}}), HasSubstr("\tMA0004.1\t"));
}

TEST(FeatureSinks, AskForSequencesOnlyWhereTheyWriteThem) {
  const ScratchFolder folder;
  EXPECT_TRUE(open_sink("faa", folder / "a", {})->wants_sequences());
  EXPECT_TRUE(open_sink("ffn", folder / "b", {})->wants_sequences());
  EXPECT_FALSE(open_sink("gff3", folder / "c", {})->wants_sequences());
  EXPECT_FALSE(open_sink("bed", folder / "d", {})->wants_sequences());
}

TEST(FeatureSinks, RefuseWhatOnlyAProgrammingErrorCanGive) {
  const ScratchFolder folder;
  const auto sink = open_sink("gff3", folder / "x", {});
  EXPECT_THROW(sink->write(Frame{}, std::vector<Record>{Track{}}), std::logic_error);
  EXPECT_THROW(sink->write(Sequence{}, std::vector<Record>{gene("a", '+', {})}), std::logic_error);
}

TEST(FeatureSinks, TakeNoSafePointWhileMoreWaitsThanShouldBeWrittenAgain) {
  const ScratchFolder folder;
  const auto parts = static_cast<std::size_t>(Spool::kMostSnapshotBytes) / sizeof(Interval::Part);
  Interval huge = gene("x", '+', {});
  for (std::size_t i = 0; i < parts + 1; ++i) {
    const auto start = static_cast<std::int64_t>(10 * i);
    huge.parts.push_back({start, start + 5, 0});
  }
  for (const char* format : {"bed", "bedgraph"}) {
    const auto sink = open_sink(format, folder / format, kOptions);
    const auto may = [&] {
      Snapshot snapshot;
      return sink->snapshot(snapshot);
    };
    sink->write(Sequence{}, std::vector<Record>{SequenceStart{"x", -1}});
    EXPECT_TRUE(may()) << format;
    sink->write(Sequence{}, std::vector<Record>{huge});
    EXPECT_FALSE(may()) << format;
  }
}

TEST(FeatureText, EscapesWhatGff3Reserves) {
  EXPECT_EQ(gff3_escape("a;b=c&d,e%f\tg\n h", ";=&,"), "a%3Bb%3Dc%26d%2Ce%25f%09g%0A h");
  EXPECT_EQ(gff3_seqid("gi|1:2.3-x_y >z#"), "gi|1:2.3-x_y%20%3Ez%23");
}

TEST(Spool, GivesBackInOrderWhatWentThroughDiskAndMemory) {
  const ScratchFolder folder;
  Spool spool;
  std::string expected;
  for (int i = 0; i < 300000; ++i) {
    const std::string line = std::to_string(i) + "\n";
    spool.append(line);
    expected += line;
  }
  AtomicFile file(folder / "x");
  spool.drain(file);
  spool.append("more");
  spool.drain(file);
  file.commit();
  EXPECT_EQ(read_file(folder / "x"), expected + "more");
}

TEST(Spool, AFolderThatCannotBeWrittenIsNamed) {
  const char* before = std::getenv("TMPDIR");
  const std::string old = before != nullptr ? before : "";
  ::setenv("TMPDIR", "/none", 1);
  Spool spool;
  const std::string message =
      message_of<OutputError>([&] { spool.append(std::string(Spool::kMemoryBytes + 1, 'x')); });
  old.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", old.c_str(), 1);
  EXPECT_THAT(message, HasSubstr("/none: a temporary file cannot be written"));
}

}  // namespace
}  // namespace heddle::io
