// -O tsv: the columns are a matter of the task alone.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

#include <sstream>
#include <vector>

namespace heddle {
namespace {

using testing::IsEmpty;
using testing::Not;

class Tables : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "house/motifs.jaspar",
                          folder_ / "motifs.jaspar");
    std::string bases, unit = "ACGTTGCAGGATATATTGCGTACGTTAGC";
    unsigned state = 1;
    for (int i = 0; i < 9000; ++i) bases += "ACGT"[(state = state * 1664525u + 1013904223u) >> 30];
    for (int i = 0; i < 20; ++i) unit += unit.substr(0, 29);
    write("repeats.fa", ">r\n" + bases + unit + bases.substr(1000, 2000) + "\n");
    write("nothing.fa", ">n\nNNNNNNNNNNNNNNNNNNNNNNNNN\n");
  }
  /// Lines of the table; none where the run failed.
  std::vector<std::string> table(const std::string& words) {
    const Outcome outcome = heddle("genome --quiet -O tsv " + words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    std::istringstream text(outcome.output);
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  /// The names are those of an input without features, and no attribute lacks a column.
  void expect_a_column_for_everything(const std::string& input, const std::string& words) {
    const auto lines = table(input + words);
    const auto none = table("nothing.fa" + words);
    ASSERT_GT(lines.size(), 1U) << words;
    ASSERT_THAT(none, Not(IsEmpty())) << words;
    EXPECT_EQ(lines.front(), none.front());
    for (const std::string& line : lines) {
      EXPECT_TRUE(line.ends_with(&line == lines.data() ? "\tother" : "\t")) << line;
    }
  }
};

TEST_F(Tables, GenesHaveAColumnForEverythingTheySay) {
  expect_a_column_for_everything("genome.fa", " --error-model on");
}

TEST_F(Tables, RepeatsHaveAColumnForEverythingTheySay) {
  expect_a_column_for_everything("repeats.fa", " --task repeats");
}

TEST_F(Tables, SitesHaveAColumnForEverythingTheySay) {
  expect_a_column_for_everything("genome.fa", " --task motifs --motifs motifs.jaspar --fdr 1");
}

TEST_F(Tables, LiftedGenesHaveAColumnForEverythingTheySay) {
  for (const std::string& line : table("reads.bam --lift")) {
    EXPECT_TRUE(line.ends_with("\tother") || line.ends_with("\t")) << line;
  }
}

}  // namespace
}  // namespace heddle
