// Genes as records and as values along the sequence, and error models by name.

#include "tests/cli/cli.h"

#include <sstream>
#include <vector>

namespace heddle {
namespace {

TEST_F(Cli, AGenomeReadAsGenBankHasTheGenesOfItsFasta) {
  ASSERT_EQ(heddle("genome genome.fa --quiet -O gff3,gbk -o one/").exit_code, 0);
  const Outcome again = heddle("genome one/genome.gbk --quiet");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.output, text("one/genome.gff3"));
  const Outcome judged = heddle("eval genes one/genome.gbk one/genome.gff3 --json");
  EXPECT_NE(judged.output.find("\"exact\": 1.0"), std::string::npos) << judged.output;
}

TEST_F(Cli, ProbabilitiesAreToldOfEveryBaseAndAreHighInGenes) {
  ASSERT_EQ(heddle("genome genome.fa --quiet -O bed,bedgraph --values coding -o out/").exit_code,
            0);
  std::istringstream runs(text("out/genome.bedgraph")), genes(text("out/genome.bed"));
  std::vector<double> likely;
  std::string name, rest;
  std::size_t from = 0, to = 0;
  for (double value = 0; runs >> name >> from >> to >> value;) {
    ASSERT_EQ(from, likely.size());
    likely.resize(to, value);
  }
  int coding = 0;
  for (; genes >> name >> from >> to && std::getline(genes, rest); ++coding) {
    ASSERT_LE(to, likely.size());
    double sum = 0;
    for (std::size_t at = from; at < to; ++at) sum += likely[at];
    EXPECT_GT(sum, 0.5 * static_cast<double>(to - from)) << from;
  }
  EXPECT_GT(coding, 5);
}

TEST_F(Cli, ProbabilitiesNeedAFormatThatShowsThem) {
  const Outcome outcome = heddle("genome genome.fa --quiet --values coding -O gff3 -o x.gff3");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("-O bedgraph and -O bw"), std::string::npos) << outcome.output;
}

TEST_F(Cli, ErrorModelsAreCalledByTheKindOfReads) {
  const std::string noisy = "'" HEDDLE_TEST_DATA "/golden/broken.fa'";
  const std::string on = heddle("genome " + noisy + " --quiet --error-model on").output;
  EXPECT_EQ(heddle("genome " + noisy + " --quiet --error-model ont").output, on);
  EXPECT_NE(on.find("frameshift="), std::string::npos) << on;
  const std::string none = heddle("genome " + noisy + " --quiet --error-model none").output;
  EXPECT_EQ(heddle("genome " + noisy + " --quiet --error-model illumina").output, none);
  EXPECT_EQ(none.find("frameshift="), std::string::npos) << none;
}

}  // namespace
}  // namespace heddle
