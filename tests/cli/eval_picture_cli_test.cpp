// --svg of heddle eval, where shares are drawn as bars.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::Not;

class EvalPicture : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    const std::filesystem::path metrics = std::filesystem::path(HEDDLE_TEST_DATA) / "metrics";
    for (const std::string side : {"truth", "predicted"}) {
      std::filesystem::copy(metrics / ("genes." + side + ".gff3"), folder_ / (side + ".gff3"));
    }
    write("truth.bed", "c\t10\t20\tA\t0\t+\nc\t30\t40\tB\t0\t-\n");
    write("sites.bed", "c\t10\t20\tA\t0\t+\nc\t31\t41\tB\t0\t-\n");
    write("truth.bedpe", "c\t1000\t2000\tc\t5000\t6000\tp\t0\t+\t+\n");
    write("pairs.bedpe", "c\t20000\t20400\tc\t30000\t30400\tq\t0\t+\t+\n");
    const std::string rna = "##gff-version 3\nc\tx\ttRNA\t101\t180\t.\t+\t.\tID=t\n";
    write("rna.gff3", rna + "c\tx\ttRNA\t501\t580\t.\t+\t.\tID=u\n");
    write("told.gff3", rna);
  }

  std::string drawn(const std::string& arguments) {
    const Outcome outcome = heddle("eval " + arguments + " --svg shares.svg -y");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("recall")) << "the table is there all the same";
    return text("shares.svg");
  }
};

TEST_F(EvalPicture, DrawsGenesOfEachFileAsTheTableHasThem) {
  const std::string svg = drawn("genes truth.gff3 predicted.gff3 truth.gff3 --rules row");
  EXPECT_THAT(svg, HasSubstr("<title>recall, predicted.gff3: 71.43</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>precision, predicted.gff3: 76.92</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>F1, predicted.gff3: 74.07</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>exact, predicted.gff3: 42.86</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>recall, truth.gff3: 100.00</title>"));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
}

TEST_F(EvalPicture, DrawsRnaGenesOfTheClassesThereAre) {
  const std::string svg = drawn("rna rna.gff3 told.gff3");
  EXPECT_THAT(svg, HasSubstr("<title>recall, tRNA, told.gff3: 50.00</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>precision, all, told.gff3: 100.00</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("16S")));
}

TEST_F(EvalPicture, DrawsMotifsOnlyInAllUnlessAskedForEach) {
  EXPECT_THAT(drawn("motifs truth.bed sites.bed"), Not(HasSubstr("recall, B")));
  const std::string svg = drawn("motifs truth.bed sites.bed --each");
  EXPECT_THAT(svg, HasSubstr("<title>recall, A: 100.00</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>recall, B: 0.00</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>recall, all motifs: 50.00</title>"));
}

TEST_F(EvalPicture, DrawsRepeatsWithoutABarWhereNothingWasSaid) {
  EXPECT_THAT(drawn("repeats truth.bedpe truth.bedpe"),
              HasSubstr("<title>precision, truth.bedpe: 100.00</title>"));
  write("none.bedpe", "");
  const std::string svg = drawn("repeats truth.bedpe none.bedpe");
  EXPECT_THAT(svg, HasSubstr("<title>recall, none.bedpe: 0.00</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("<title>precision")));
}

TEST_F(EvalPicture, ReplacesNothingUnaskedAndNeverWhatIsJudged) {
  const std::vector<std::string> commands = {"genes truth.gff3 predicted.gff3",
                                             "rna rna.gff3 told.gff3",
                                             "motifs truth.bed sites.bed",
                                             "repeats truth.bedpe pairs.bedpe"};
  write("old.svg", "old");
  for (const std::string& command : commands) {
    const std::string truth =
        command.substr(command.find(' ') + 1, command.rfind(' ') - command.find(' ') - 1);
    const std::string before = text(truth);
    EXPECT_EQ(heddle("eval " + command + " --svg old.svg").exit_code, 7) << command;
    EXPECT_EQ(text("old.svg"), "old");
    EXPECT_EQ(heddle("eval " + command + " -y --svg " + truth).exit_code, 7) << command;
    EXPECT_EQ(text(truth), before);
  }
}

TEST_F(EvalPicture, LeavesNoPictureOfARunThatFails) {
  EXPECT_EQ(heddle("eval genes truth.gff3 nothing.gff3 --svg shares.svg").exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "shares.svg"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "shares.svg.partial"));
}

}  // namespace
}  // namespace heddle
