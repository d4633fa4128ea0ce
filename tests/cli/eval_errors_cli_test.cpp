// heddle eval errors and heddle eval frames, as a user runs them. Check sums and scores are those
// of the Python scripts that the published numbers were first made with, of the same files and
// options.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace heddle {
namespace {

using testing::HasSubstr;

class EvalErrors : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    const std::filesystem::path data = std::filesystem::path(HEDDLE_TEST_DATA) / "errors";
    std::filesystem::remove(folder_ / "genome.fa");
    for (const char* name : {"genome.fa", "annotation.gff3", "predicted.gff3"}) {
      std::filesystem::copy(data / name, folder_ / name);
    }
  }

  Outcome errors(const std::string& options) {
    return heddle("eval errors genome.fa annotation.gff3 " + options);
  }
  std::string sha256(const std::string& name) {
    return run("sha256sum " + name, folder_).output.substr(0, 64);
  }
  void pack(const std::string& name) { run("gzip -k " + name, folder_); }
};

TEST_F(EvalErrors, AreThoseThatNumbersWerePublishedWith) {
  struct Stored {
    std::string options, bases, labels;
  };
  const std::vector<Stored> all = {
      {"--rate 0.03 --seed 5",
       "f70606aa67f7f334bf260a6300801e2b93963a6370468a64da0dc6ccddc776ca",
       "1b441de170d44688e7fbe6e373028c994b6cd679c6905bdbd810e3272fde8b1d"},
      {"--rate 0.1 --seed 18446744073709551615",
       "0d8c6a65325a8bdd40a3931b8dce71794980a6d116c6efdf7336cad02ee6271e",
       "8b31d5c59a1aecd98579a39a8f6aa8ffca2b54f56ac9dd8864ca5f4d85222ed2"},
      {"--rate 0.03 --reads 6 --mean-length 1500",
       "ccfe46479b17cab6822386410f58f30a270d6e878f2afc989dc46cf88f614d5d",
       "667ce37cf556074db4866b1a01b7e7631afc3413de3b1764cd5fd6a7c2c1d606"},
      {"--rate 0 --max-bases 2000",
       "5025e1f60f9919da341b3e984c2c3a7ab639a128f42013feb8d65d10e46b3526",
       "e4e58652a633945b25e8badfa8833fac042a7711dd7dcb0d6bbc374a668c76ca"}};
  for (const Stored& stored : all) {
    const Outcome outcome = errors(stored.options + " -o noisy -y");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_EQ(sha256("noisy.fa"), stored.bases) << stored.options;
    EXPECT_EQ(sha256("noisy.labels"), stored.labels) << stored.options;
  }
}

TEST_F(EvalErrors, ReadsPackedFilesAndTellsWhatItMade) {
  pack("genome.fa");
  pack("annotation.gff3");
  const Outcome outcome =
      heddle("eval errors genome.fa.gz annotation.gff3.gz --rate 0.03 --seed 5 -o noisy");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "noisy.fa: 3 sequences, 3149 bases\n");
  EXPECT_EQ(sha256("noisy.fa"), "f70606aa67f7f334bf260a6300801e2b93963a6370468a64da0dc6ccddc776ca");
}

TEST_F(EvalErrors, ReplaceNothingUnaskedAndNeverWhatIsRead) {
  write("noisy.labels", "old");
  EXPECT_EQ(errors("--rate 0.01 -o noisy").exit_code, 7);
  EXPECT_EQ(text("noisy.labels"), "old");
  EXPECT_FALSE(exists("noisy.fa"));
  EXPECT_FALSE(exists("noisy.fa.partial"));
  EXPECT_EQ(errors("--rate 0.01 -o noisy -y").exit_code, 0);
  const std::string before = text("genome.fa");
  const Outcome over = errors("--rate 0.01 -o genome -y");
  EXPECT_EQ(over.exit_code, 7);
  EXPECT_THAT(over.output, HasSubstr("genome.fa is read by this run; give another -o"));
  EXPECT_EQ(text("genome.fa"), before);
}

TEST_F(EvalErrors, ARateIsLessThanOneAndMeanLengthGoesWithReads) {
  for (const char* rate : {"1", "-0.1", "nan", "1e9", "x"}) {
    const Outcome outcome = errors(std::string("-o noisy --rate ") + rate);
    EXPECT_EQ(outcome.exit_code, 2) << rate;
    EXPECT_THAT(outcome.output, HasSubstr("0 or more and less than 1")) << rate;
  }
  EXPECT_EQ(errors("-o noisy").exit_code, 2);
  EXPECT_EQ(errors("--rate 0.01").exit_code, 2);
  EXPECT_EQ(errors("--rate 0.01 -o noisy --mean-length 900").exit_code, 2);
  EXPECT_FALSE(exists("noisy.fa.partial"));
}

TEST_F(EvalErrors, MoreOfThemThanBasesAreAUsageErrorThatLeavesNothing) {
  write("long.fa", ">K12\n" + std::string(100'000, 'A') + "\n");
  const Outcome outcome =
      heddle("eval errors long.fa annotation.gff3 --rate 0.99999999 -o noisy --seed 1");
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("errors were drawn among the 100000 bases of 'K12'"));
  EXPECT_FALSE(exists("noisy.fa") || exists("noisy.fa.partial"));
}

TEST_F(EvalErrors, NeedAnAnnotationOfThisGenome) {
  const std::string row = "\tx\tCDS\t11\t40\t.\t+\t0\tID=g";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"chr1" + row + "\n",
       "its genes lie on chr1, and the sequences of genome.fa are K12, odd, bare: no name is in "
       "both"},
      {"##gff-version 3\n", "has no rows of type CDS; an annotation of the genome is needed"},
      {"K12" + row + ";pseudo=true\n", "has no row of type CDS that counts"},
      {"K12\tx\tCDS\tfirst\t40\t.\t+\t0\tID=g\n", "wrong.gff3, line 1: start is 'first'"}};
  for (const auto& [annotation, complaint] : wrong) {
    write("wrong.gff3", annotation);
    const Outcome outcome = heddle("eval errors genome.fa wrong.gff3 --rate 0.01 -o noisy");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(complaint));
    EXPECT_FALSE(exists("noisy.fa.partial") || exists("noisy.labels.partial"));
  }
  write("part.gff3", "K12" + row + "\nplasmid" + row + "\n");
  const Outcome part = heddle("eval errors genome.fa part.gff3 --rate 0.01 -o noisy");
  EXPECT_EQ(part.exit_code, 0);
  EXPECT_THAT(part.output, HasSubstr("genome.fa: odd, bare: labelled as not coding"));
  EXPECT_THAT(part.output, HasSubstr("part.gff3: its genes on plasmid are left out"));
}

TEST_F(EvalErrors, NeedAGenome) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "has no bases"},
      {">K12\n", "has no bases"},
      {"ACGT\n", "expected '>' before the first sequence"},
      {">K12\nACE\n", "'E' is not a nucleotide"},
      {">K12\nA\n>K12\nA\n", "the name 'K12' was used before, at line 1"}};
  for (const auto& [genome, complaint] : wrong) {
    write("wrong.fa", genome);
    const Outcome outcome =
        heddle("eval errors wrong.fa annotation.gff3 --rate 0.01 --reads 2 -o noisy");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(complaint));
    EXPECT_FALSE(exists("noisy.fa.partial"));
  }
}

class EvalFrames : public EvalErrors {
 protected:
  nlohmann::json scores(const std::string& files) {
    const Outcome outcome = heddle("eval frames " + files + " --json 2>/dev/null");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return nlohmann::json::parse(outcome.output)["frames"];
  }
};

// predicted.gff3 has parts in phase, rows of equal length over each other, rows past the end, a
// sequence that the truth has not, and none of one that it has.
TEST_F(EvalFrames, AreScoredAsNumbersWerePublished) {
  errors("--rate 0 -o clean");
  errors("--rate 0.03 --seed 5 -o noisy");
  pack("predicted.gff3");
  pack("noisy.labels");
  const auto clean = scores("clean.labels predicted.gff3")[0];
  EXPECT_EQ(clean["coding bases"], 2813);
  EXPECT_EQ(clean["called bases"], 2903);
  EXPECT_EQ(clean["frame recall"], 0.6306434411660149);
  EXPECT_EQ(clean["frame precision"], 0.611091973820186);
  EXPECT_EQ(clean["genes"], 5);
  EXPECT_EQ(clean["genes in frame"], 0.4);
  for (const char* truth : {"noisy.labels", "noisy.labels.gz"}) {
    const auto noisy = scores(std::string(truth) + " predicted.gff3 predicted.gff3.gz");
    for (const auto& row : noisy) {
      EXPECT_EQ(row["coding bases"], 2791);
      EXPECT_EQ(row["called bases"], 2900);
      EXPECT_EQ(row["frame recall"], 0.28771049802938015);
      EXPECT_EQ(row["frame precision"], 0.2768965517241379);
      EXPECT_EQ(row["genes in frame"], 0.0);
    }
    EXPECT_EQ(noisy[1]["name"], "predicted.gff3.gz");
  }
}

TEST_F(EvalFrames, PrintATableAndAPicture) {
  errors("--rate 0 -o clean");
  const Outcome outcome =
      heddle("eval frames clean.labels predicted.gff3 annotation.gff3 --svg frames.svg");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("frame recall  frame precision  genes in frame\n"));
  EXPECT_THAT(outcome.output, HasSubstr("63.06            61.11           40.00\n"));
  EXPECT_THAT(outcome.output,
              HasSubstr("predicted.gff3: its genes on elsewhere are not judged, for clean.labels"));
  EXPECT_THAT(text("frames.svg"),
              HasSubstr("<title>genes in frame, predicted.gff3: 40.00</title>"));
  EXPECT_EQ(heddle("eval frames clean.labels predicted.gff3 --svg clean.labels -y").exit_code, 7);
}

TEST_F(EvalFrames, RefuseATruthThatIsNoneOrOfOtherSequences) {
  errors("--rate 0 -o clean");
  write("cut.labels", text("clean.labels").substr(0, 9000));
  write("none.labels", ">c\n00\n>c genes\n//////////8=\n");
  write("other.gff3", "chr\tx\tCDS\t11\t40\t.\t+\t0\tID=g\n");
  write("nothing.gff3", "##gff-version 3\n");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"cut.labels predicted.gff3", "cut.labels, line 4: the numbers of genes of 'K12' are"},
      {"annotation.gff3 predicted.gff3", "annotation.gff3, line 1: expected '>' and a sequence's"},
      {"genome.fa predicted.gff3", "genome.fa, line 2: column 1: 'A' is no label of a base"},
      {"none.labels predicted.gff3", "none.labels: none of its bases is coding"},
      {"clean.labels other.gff3",
       "other.gff3: its genes lie on chr, those of clean.labels on K12"}};
  for (const auto& [files, complaint] : wrong) {
    const Outcome outcome = heddle("eval frames " + files);
    EXPECT_EQ(outcome.exit_code, 3) << files << "\n" << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(complaint));
  }
  const Outcome nothing = heddle("eval frames clean.labels nothing.gff3");
  EXPECT_EQ(nothing.exit_code, 0);
  EXPECT_THAT(nothing.output, HasSubstr("warning: nothing.gff3: has no rows of type CDS"));
}

}  // namespace
}  // namespace heddle
