#include "tests/cli/cli.h"

#include <algorithm>

namespace heddle {
namespace {

std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST_F(Cli, HelpFitsAScreenAndShowsExamples) {
  for (const char* command :
       {"", "genome ", "video ", "info ", "bench ", "eval ", "eval tracks "}) {
    const Outcome outcome = heddle(std::string(command) + "--help");
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("Example"), std::string::npos) << outcome.output;
    // Three tasks share heddle genome: a tall screen.
    EXPECT_LE(lines_of(outcome.output), 60) << outcome.output;
  }
}

TEST_F(Cli, VersionNamesTheProgramAndTheBuild) {
  const Outcome outcome = heddle("--version");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output.rfind("heddle 0.", 0), 0u) << outcome.output;
}

TEST_F(Cli, InfoNamesBackEndsFormatsPatternsAndModelsAndWhyOneIsMissing) {
  const Outcome outcome = heddle("info");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* word : {"cpu",
                           "reference",
                           "cuda",
                           "gff3",
                           "mot",
                           "window",
                           "genes-reference",
                           "genes-rna",
                           "genes-tiny",
                           "tracking-reference"}) {
    EXPECT_NE(outcome.output.find(word), std::string::npos) << word << "\n" << outcome.output;
  }
}

TEST_F(Cli, AnUnknownOptionIsAUsageErrorThatNamesTheNearest) {
  const Outcome outcome = heddle("genome genome.fa --error-modle none");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("--error-model"), std::string::npos) << outcome.output;
  EXPECT_EQ(lines_of(outcome.output), 1) << outcome.output;
}

TEST_F(Cli, AnOptionThatMayBeRepeatedDoesNotSwallowTheInput) {
  EXPECT_EQ(heddle("genome -O bed genome.fa --quiet --dry-run").exit_code, 0);
  EXPECT_EQ(heddle("genome -O bed -O faa genome.fa -o out/ --quiet --dry-run").exit_code, 0);
  EXPECT_EQ(heddle("video --init 1,2,30,40 match.mp4 -q --dry-run").exit_code, 0);
}

TEST_F(Cli, AnUnknownCommandIsAUsageError) {
  const Outcome outcome = heddle("genom genome.fa");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("did you mean genome?"), std::string::npos) << outcome.output;
}

TEST_F(Cli, OptionsComeFromAConfigFileAndTheCommandLineWins) {
  write("heddle.toml", "[genome]\nformat = \"bed\"\nmin-length = 600\n");
  const Outcome from_file = heddle("-c heddle.toml genome genome.fa --quiet");
  EXPECT_EQ(from_file.exit_code, 0) << from_file.output;
  EXPECT_EQ(from_file.output.rfind("made1\t", 0), 0u) << from_file.output;
  const Outcome both = heddle("-c heddle.toml genome genome.fa --quiet -O gff3");
  EXPECT_EQ(both.output.rfind("##gff-version 3", 0), 0u) << both.output;
}

TEST_F(Cli, AnUnknownConfigKeyIsAnError) {
  write("heddle.toml", "[genome]\nmin-lenght = 600\n");
  const Outcome outcome = heddle("-c heddle.toml genome genome.fa --quiet");
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_NE(outcome.output.find("min-lenght"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace heddle
