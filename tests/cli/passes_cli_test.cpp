// --passes, the model that asks for one of them, and what it finds.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

#include <sstream>

namespace heddle {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Passes : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "golden" / "operon.fa",
                          folder_);
  }
  /// The JSON lines of the operon, with all scores.
  std::string genes(const std::string& words) {
    const Outcome outcome = heddle("genome operon.fa --quiet -O jsonl " + words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return outcome.output;
  }
};

TEST_F(Passes, AreAsManyAsTheModelAsksForUnlessTheyAreGiven) {
  const std::string own = genes("-m genes-tiny --log run.log");
  EXPECT_THAT(text("run.log"), HasSubstr("  --passes 1\n"));
  EXPECT_EQ(own, genes("-m genes-tiny --passes 1"));
  EXPECT_NE(own, genes("-m genes-tiny --passes 2 --log two.log"));
  EXPECT_THAT(text("two.log"), HasSubstr("  --passes 2\n"));
  EXPECT_EQ(genes("-m genes-reference"), genes("-m genes-reference --passes 2"));
}

TEST_F(Passes, AreToldInADumpOfTheOptions) {
  EXPECT_THAT(heddle("genome --dump-config").output, HasSubstr("\n# passes = 1\n"));
  EXPECT_THAT(heddle("genome -m genes-reference --dump-config").output,
              HasSubstr("\n# passes = 2\n"));
  const std::string tiny = heddle("genome -m genes-tiny --dump-config").output;
  EXPECT_THAT(tiny, HasSubstr("\n# passes = 1\n"));
  write("tiny.toml", tiny);
  EXPECT_EQ(heddle("-c tiny.toml genome --dump-config").output, tiny);
  EXPECT_THAT(heddle("genome -m genes-tiny --passes 2 --dump-config").output,
              HasSubstr("\npasses = 2\n"));
  EXPECT_THAT(heddle("genome -m nowhere/ --dump-config").output, HasSubstr("\n# passes = \"\"\n"));
}

TEST_F(Passes, HelpNamesNoNumberThatTheModelMightNotAskFor) {
  EXPECT_THAT(heddle("genome --help").output,
              AllOf(HasSubstr("what the model asks for (genes-tiny 1, others 2)\n"),
                    Not(HasSubstr("others 2) ["))));
}

TEST_F(Passes, OfAModelThatAsksForNoNumberAreRefusedWithItsName) {
  std::string model = read_file(HEDDLE_ROOT "/configs/models/genes-tiny/weights.safetensors");
  const std::string asks = "\\\"passes\\\":1,";
  ASSERT_NE(model.find(asks), std::string::npos);
  model[model.find(asks) + asks.size() - 2] = '3';
  write("three.safetensors", model);
  const Outcome outcome = heddle("genome operon.fa -m three.safetensors -o x.gff3");
  EXPECT_EQ(outcome.exit_code, 6) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("three.safetensors: model field 'passes' is '3'"));
  EXPECT_FALSE(exists("x.gff3"));
}

TEST_F(Passes, OfTheModelAndGivenOnesAreTheSameToAResumedRun) {
  write("first.fa", text("operon.fa"));
  const std::string words = "genome first.fa operon.fa --quiet -m genes-tiny -O bed -o all/ ";
  // What was done of two inputs when the second failed.
  write("all.fa", "");
  ASSERT_EQ(heddle("genome first.fa all.fa --quiet -m genes-tiny -O bed -o all/").exit_code, 4);
  const Outcome two = heddle(words + "--resume --passes 2");
  EXPECT_EQ(two.exit_code, 7) << two.output;
  EXPECT_THAT(two.output, HasSubstr("--passes was 1 and is 2"));
  EXPECT_EQ(heddle(words + "--resume --passes 1").exit_code, 0);
}

/// A row of GFF3: kind, first and last base, strand.
bool tells(const std::string& gff, const std::string& kind, int first, int last, char strand) {
  std::istringstream lines(gff);
  constexpr int kNear = 12;  // bases, of the ends of an RNA gene
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string sequence, source, type, score, on;
    int from = 0, to = 0;
    if (!(cells >> sequence >> source >> type >> from >> to >> score >> on)) continue;
    if (type == kind && std::abs(from - first) <= kNear && std::abs(to - last) <= kNear &&
        on.front() == strand) {
      return true;
    }
  }
  return false;
}

TEST_F(Passes, OfTheQuickModelFindProteinsAndRnaOfAnOperon) {
  ASSERT_EQ(heddle("genome operon.fa --quiet -m genes-tiny -o x.gff3").exit_code, 0);
  const std::string gff = text("x.gff3");
  // As NC_000913.3 is annotated, 222,700 bases before.
  EXPECT_TRUE(tells(gff, "CDS", 133, 708, '+')) << gff;
  EXPECT_TRUE(tells(gff, "rRNA", 1071, 2612, '+')) << gff;
  EXPECT_TRUE(tells(gff, "tRNA", 2681, 2757, '+')) << gff;
  EXPECT_TRUE(tells(gff, "tRNA", 2800, 2875, '+')) << gff;
  EXPECT_TRUE(tells(gff, "rRNA", 3059, 5962, '+')) << gff;
  EXPECT_TRUE(tells(gff, "rRNA", 6056, 6175, '+')) << gff;
  EXPECT_TRUE(tells(gff, "tRNA", 6228, 6304, '+')) << gff;
  EXPECT_TRUE(tells(gff, "CDS", 6467, 7270, '+')) << gff;
}

TEST_F(Passes, OfTheQuickModelGiveTheSameForAnyThreadsAndIoChunks) {
  // Longer than a segment, so that there are seams.
  std::string bases;
  for (const char* name : {"operon.fa", "genome.fa", "operon.fa", "genome.fa"}) {
    const std::string one = text(name);
    bases += one.substr(one.find('\n') + 1);
  }
  write("long.fa", ">long\n" + bases);
  const std::string common = "genome long.fa --quiet -m genes-tiny -O gff3,tsv,jsonl ";
  ASSERT_EQ(heddle(common + "-t 1 -o one/").exit_code, 0);
  ASSERT_EQ(heddle(common + "-t 2 --io-chunk 101 -o two/").exit_code, 0);
  for (const char* name : {"long.gff3", "long.tsv", "long.jsonl"}) {
    EXPECT_EQ(text(std::string("one/") + name), text(std::string("two/") + name)) << name;
  }
}

}  // namespace
}  // namespace heddle
