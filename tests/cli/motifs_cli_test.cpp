// heddle genome --task motifs, as a user runs it.

#include "tests/cli/cli.h"

#include <algorithm>

namespace heddle {
namespace {

class Motifs : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "house/motifs.jaspar",
                          folder_ / "motifs.jaspar");
    write("eco.fa", ">EcoRI\nGAATTC\n");
  }
  Outcome motifs(const std::string& words) {
    return heddle("genome genome.fa --quiet --task motifs " + words);
  }
};

std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST_F(Motifs, FindAPatternWhereATextSearchFindsIt) {
  const std::string counted =
      run("grep -v '>' genome.fa | tr -d '\\n' | grep -o GAATTC | wc -l", folder_).output;
  const Outcome outcome = motifs("--motifs eco.fa -O bed");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_GT(lines_of(outcome.output), 0);
  EXPECT_EQ(lines_of(outcome.output), 2 * std::stoi(counted)) << "a palindrome, on both strands";
}

TEST_F(Motifs, ThreadsAndIoChunksNeverChangeAnOutput) {
  const std::string words = "--motifs motifs.jaspar --p-value 1e-3 -O gff3,bed,tsv,ffn,jsonl ";
  ASSERT_EQ(motifs(words + "-t 1 -o one/").exit_code, 0);
  ASSERT_EQ(motifs(words + "-t 2 --io-chunk 101 -o two/").exit_code, 0);
  for (const char* name :
       {"genome.gff3", "genome.bed", "genome.tsv", "genome.ffn", "genome.jsonl"}) {
    EXPECT_EQ(text(std::string("one/") + name), text(std::string("two/") + name)) << name;
  }
  EXPECT_GT(lines_of(text("one/genome.tsv")), 10);
}

TEST_F(Motifs, ATableHasFimosColumns) {
  const Outcome outcome = motifs("--motifs motifs.jaspar -O tsv --fdr 1");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(outcome.output.starts_with(
      "seqid\tstart\tstop\tstrand\ttype\tid\tscore\tparts\tpartial\tName\tAlias\tpvalue\tqvalue\t"
      "mismatches\tsequence\tother\nmade1\t"))
      << outcome.output;
  EXPECT_NE(outcome.output.find("\tmade.1\tribosome_site\t"), std::string::npos);
}

TEST_F(Motifs, TheMeasuredBackgroundOfAFileIsSaidAndAPipesIsUniform) {
  const std::string words = " --task motifs --motifs motifs.jaspar -o ";
  EXPECT_NE(heddle("genome genome.fa" + words + "a.gff3").output.find("measured over genome.fa"),
            std::string::npos);
  const Outcome piped =
      run("cat genome.fa | '" HEDDLE_BINARY "' genome -" + words + "b.gff3", folder_);
  EXPECT_EQ(piped.exit_code, 0) << piped.output;
  EXPECT_NE(piped.output.find("(uniform"), std::string::npos) << piped.output;
}

TEST_F(Motifs, NeedNoModel) {
  const Outcome outcome = run("mkdir none && HEDDLE_MODELS=none '" HEDDLE_BINARY
                              "' genome genome.fa --quiet --task motifs --motifs eco.fa -O bed",
                              folder_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST_F(Motifs, ATruncatedGenomeKeepsTheSitesOfItsWholeSequencesWithQValues) {
  run("gzip -c genome.fa > cut.fa.gz; sed s/made1/made2/ genome.fa | gzip -c | head -c 1200 >> "
      "cut.fa.gz",
      folder_);
  const Outcome outcome =
      heddle("genome cut.fa.gz --quiet --task motifs --motifs motifs.jaspar --fdr 1 -o out.gff3");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
  EXPECT_FALSE(exists("out.gff3"));
  EXPECT_NE(text("out.gff3.partial").find(";qvalue="), std::string::npos);
}

struct Case {
  const char* name;
  const char* words;
  int exit_code;
  const char* says;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class BadMotifs : public Motifs, public testing::WithParamInterface<Case> {};

TEST_P(BadMotifs, GetOneClearLineAndTheirExitCode) {
  write("protein.fa", ">p\nMKLE\n");
  write("zero.jaspar", ">z\nA 1 0\nC 1 0\nG 1 0\nT 1 0\n");
  write("empty.jaspar", "");
  const Outcome outcome =
      heddle("genome genome.fa --quiet -o out.gff3 " + std::string(GetParam().words));
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.output;
  EXPECT_NE(outcome.output.find(GetParam().says), std::string::npos) << outcome.output;
  EXPECT_TRUE(outcome.output.starts_with("error: ")) << outcome.output;
  EXPECT_EQ(lines_of(outcome.output), 1) << outcome.output;
  EXPECT_FALSE(exists("out.gff3"));
}

INSTANTIATE_TEST_SUITE_P(
    Cases,
    BadMotifs,
    testing::Values(
        Case{"NoFile", "--task motifs", 2, "--motifs FILE"},
        Case{"NoTask", "--motifs eco.fa", 2, "--task motifs"},
        Case{"Missing", "--task motifs --motifs absent.meme", 3, "absent.meme"},
        Case{"Empty", "--task motifs --motifs empty.jaspar", 3, "is empty"},
        Case{"Protein", "--task motifs --motifs protein.fa", 3, "line 2"},
        Case{"Zeros", "--task motifs --motifs zero.jaspar", 3, "column 2 holds only zeros"},
        Case{"Mismatches", "--task motifs --motifs motifs.jaspar --mismatches 1", 2, "--p-value"},
        Case{"TooMany", "--task motifs --motifs eco.fa --mismatches 6", 2, "fits every site"},
        Case{"Background", "--task motifs --motifs eco.fa --background 1,2", 2, "'1,2'"},
        Case{"PValue", "--task motifs --motifs motifs.jaspar --p-value 2", 2, "--p-value"},
        Case{"Records",
             "--task motifs --motifs eco.fa -O bam",
             2,
             "--task motifs does not write bam"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace heddle
