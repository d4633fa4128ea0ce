// heddle eval, as a user runs it.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::Not;

class Eval : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    for (const char* side : {"truth", "tracks"}) {
      std::filesystem::create_directory(folder_ / side);
      for (const std::string name : {"crossing", "gaps"}) {
        std::filesystem::copy(
            std::filesystem::path(HEDDLE_TEST_DATA) / "metrics" / (name + "." + side + ".txt"),
            folder_ / side / (name + ".txt"));
      }
    }
  }
};

TEST_F(Eval, PrintsARowASequenceAndOneForAll) {
  const Outcome outcome = heddle("eval tracks truth tracks");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("HOTA"));
  EXPECT_THAT(outcome.output, HasSubstr("\ncrossing  40.997"));
  EXPECT_THAT(outcome.output, HasSubstr("\ngaps      34.683"));
  EXPECT_THAT(outcome.output, HasSubstr("\nall       38.168"));
}

TEST_F(Eval, JsonHoldsTheSharesOfEverySequence) {
  const Outcome outcome = heddle("eval tracks truth tracks --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto rows = nlohmann::json::parse(outcome.output)["tracks"][0]["sequences"];
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_NEAR(rows[2]["HOTA"].get<double>(), 0.381684, 1e-6);
  EXPECT_EQ(rows[2]["over_alpha"]["HOTA"].size(), 19u);
}

TEST_F(Eval, SimulatesTheSameDetectionsFromTheSameSeed) {
  const Outcome first = heddle("eval simulate truth/gaps.txt --seed 2");
  ASSERT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("\n5,-1,")) << "nobody told the detector who is who";
  EXPECT_EQ(heddle("eval simulate truth/gaps.txt --seed 2").output, first.output);
  EXPECT_NE(heddle("eval simulate truth/gaps.txt --seed 3").output, first.output);
}

TEST_F(Eval, DetectionsReplaceNoFileUnasked) {
  ASSERT_EQ(heddle("eval simulate truth/gaps.txt -o det.txt").exit_code, 0);
  EXPECT_EQ(heddle("eval simulate truth/gaps.txt -o det.txt").exit_code, 7);
  EXPECT_EQ(heddle("eval simulate truth/gaps.txt -o det.txt -y").exit_code, 0);
}

TEST_F(Eval, DrawsAPictureAndReplacesNone) {
  const std::string command = "eval tracks truth/gaps.txt tracks/gaps.txt --svg scores.svg";
  ASSERT_EQ(heddle(command).exit_code, 0);
  EXPECT_TRUE(text("scores.svg").starts_with("<svg "));
  EXPECT_EQ(heddle(command).exit_code, 7);
}

TEST_F(Eval, DrawsSeveralSetsOfTracksInOnePicture) {
  const std::string sets = "tracks/gaps.txt truth/gaps.txt";
  ASSERT_EQ(heddle("eval tracks truth/gaps.txt " + sets + " --svg scores.svg").exit_code, 0);
  EXPECT_THAT(text("scores.svg"), HasSubstr(">tracks/gaps.txt "));
  EXPECT_THAT(text("scores.svg"), HasSubstr(">truth/gaps.txt "));
}

TEST_F(Eval, DrawsTracksThatHeddleFollows) {
  ASSERT_EQ(heddle("eval simulate truth/gaps.txt --draw replay -o det.txt").exit_code, 0);
  const Outcome outcome = heddle("video replay.ppm --detections det.txt -o tracks.txt");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(heddle("eval tracks replay.txt tracks.txt").exit_code, 0);
}

TEST_F(Eval, DrawsNoPictureOverWhatItJudges) {
  const std::string before = text("truth/gaps.txt");
  const Outcome outcome =
      heddle("eval tracks truth/gaps.txt tracks/gaps.txt -y --svg truth/../truth/gaps.txt");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_EQ(text("truth/gaps.txt"), before);
}

TEST_F(Eval, SaysWhichSequenceHasNoTracks) {
  std::filesystem::remove(folder_ / "tracks/gaps.txt");
  const Outcome outcome = heddle("eval tracks truth tracks");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("tracks: no gaps.txt"));
}

TEST_F(Eval, TracksWithoutABoxAreScoredWithAWarning) {
  write("none.txt", "");
  const Outcome one = heddle("eval tracks truth/gaps.txt none.txt");
  EXPECT_EQ(one.exit_code, 0) << one.output;
  EXPECT_THAT(one.output, HasSubstr("warning: none.txt: has no boxes that count\n"));
  std::filesystem::copy(folder_ / "none.txt",
                        folder_ / "tracks/gaps.txt",
                        std::filesystem::copy_options::overwrite_existing);
  const Outcome many = heddle("eval tracks truth tracks");
  EXPECT_EQ(many.exit_code, 0) << many.output;
  EXPECT_THAT(many.output, HasSubstr("warning: tracks, gaps: has no boxes that count\n"));
}

TEST_F(Eval, ATruthWithoutABoxIsAnErrorThatNamesTheColumn) {
  write("none.txt", "");
  write("ignored.txt", "1,1,10,10,20,20,0,1,1\n");
  write("cars.txt", "1,1,10,10,20,20,1,3,1\n");
  const std::vector<std::pair<std::string, std::string>> reasons = {
      {"none.txt", "it is empty (the truth is named first, then the tracks)"},
      {"ignored.txt",
       "1 are marked 0 in column 7, which leaves a box out: write 1 there where they count"},
      {"cars.txt", "1 are no pedestrians (1) in column 8, for which --rules mot15 does not ask"}};
  for (const auto& [truth, reason] : reasons) {
    const Outcome outcome = heddle("eval tracks " + truth + " tracks/gaps.txt");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
    EXPECT_EQ(outcome.output,
              "error: " + truth + ": has no boxes that count, so there is nothing to judge by; " +
                  reason + "\n");
  }
}

TEST_F(Eval, SaysWhichOfOurFormatsTracksAreJudgedIn) {
  write("ours.csv", "frame,seconds,id\r\n0,0.0,1\r\n");
  const Outcome outcome = heddle("eval tracks ours.csv ours.csv");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("ours.csv, line 1: "));
  EXPECT_THAT(outcome.output, HasSubstr("heddle video writes it with -O mot\n"));
}

TEST_F(Eval, NamesSequencesThatOnlyOneFileTellsOf) {
  const std::string row = "\tx\tCDS\t100\t399\t.\t+\t0\tID=g\n";
  write("truth.gff3", "##gff-version 3\nchr" + row + "plasmid.1" + row);
  write(
      "ours.gff3",
      "##gff-version 3\nchr" + row + "plasmid" + row + "empty\tx\tregion\t1\t900\t.\t.\t.\tID=e\n");
  const Outcome outcome = heddle("eval genes truth.gff3 ours.gff3");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr("warning: ours.gff3: its genes on plasmid count as wrong, for truth.gff3 "
                        "tells of no such sequence\n"));
  EXPECT_THAT(outcome.output,
              HasSubstr("warning: truth.gff3: its genes on plasmid.1 count as missed, for "
                        "ours.gff3 tells of no such sequence\n"));
  EXPECT_THAT(heddle("eval genes truth.gff3 truth.gff3").output, Not(HasSubstr("warning")));
}

TEST_F(Eval, TakesTracksWithScoresForTruth) {
  write("ours.txt", "1,1,10,10,20,20,0.93,-1,-1,-1\n2,1,11,10,20,20,0.4,-1,-1,-1\n");
  const Outcome outcome = heddle("eval tracks ours.txt ours.txt");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("ours.txt: has scores in column 7"));
  EXPECT_THAT(outcome.output, HasSubstr("100.000"));
}

TEST_F(Eval, NamesTheFileAndFrameOfAnIdentityGivenTwice) {
  write("twice.txt", "4,1,0,0,5,5\n4,1,9,9,5,5\n");
  const Outcome outcome = heddle("eval tracks truth/gaps.txt twice.txt");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("twice.txt"));
  EXPECT_THAT(outcome.output, HasSubstr("id 1 appears twice in frame 4"));
}

TEST_F(Eval, AsksForTwoFilesOrTwoFolders) {
  EXPECT_EQ(heddle("eval tracks truth tracks/gaps.txt").exit_code, 2);
  const Outcome outcome = heddle("eval track");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("did you mean tracks?"));
}

TEST_F(Eval, JudgesOneObjectByOverlapAndCentre) {
  write("truth.txt", "11,21,40,20\n11\t21\t40\t20\n0,0,0,0\n11,21,40,20\n");
  write("tracks.txt", "1,1,11,21,40,20,0.9,-1,-1,-1\n2,1,11,21,40,10,0.9,-1,-1,-1\n");
  const Outcome outcome = heddle("eval success truth.txt tracks.txt truth.txt --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto rows = nlohmann::json::parse(outcome.output)["tracks"];
  EXPECT_EQ(rows[0]["frames"], 3) << "a box without area does not count";
  EXPECT_NEAR(rows[0]["AUC"].get<double>(), (20 + 10 + 0) / 63.0, 1e-12);
  EXPECT_NEAR(rows[0]["P@20"].get<double>(), 2 / 3.0, 1e-12);
  EXPECT_NEAR(rows[1]["AUC"].get<double>(), 20 / 21.0, 1e-12);
  EXPECT_EQ(rows[0]["over_overlap"]["success"].size(), 21u);
}

TEST_F(Eval, DrawsTheSuccessPlot) {
  write("truth.txt", "1,1,4,4\n");
  ASSERT_EQ(heddle("eval success truth.txt truth.txt --svg plot.svg").exit_code, 0);
  EXPECT_THAT(text("plot.svg"), HasSubstr("<svg"));
  EXPECT_THAT(text("plot.svg"), HasSubstr("overlap threshold"));
  EXPECT_EQ(heddle("eval success truth.txt truth.txt -y --svg truth.txt").exit_code, 7);
}

TEST_F(Eval, AsksWhichObjectOfSeveralToJudge) {
  write("truth.txt", "1,1,4,4\n");
  write("two.txt", "1,1,1,1,4,4,1\n1,2,50,1,4,4,1\n");
  const Outcome unclear = heddle("eval success truth.txt two.txt");
  EXPECT_EQ(unclear.exit_code, 3);
  EXPECT_THAT(unclear.output, HasSubstr("two.txt: has the objects 1 and 2"));
  const Outcome second = heddle("eval success truth.txt two.txt --id 2 --json");
  ASSERT_EQ(second.exit_code, 0) << second.output;
  EXPECT_EQ(nlohmann::json::parse(second.output)["tracks"][0]["AUC"], 0.0);
}

TEST_F(Eval, RefusesAListWithALineOfAnotherLength) {
  write("truth.txt", "1,1,4,4\n1,1,4\n");
  const Outcome outcome = heddle("eval success truth.txt truth.txt");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("truth.txt, line 2: has 3 columns"));
}

TEST_F(Eval, WritesClipsOfTheSuiteThatHeddleReads) {
  ASSERT_EQ(heddle("eval suite --clips 1 --write clips").exit_code, 0);
  const Outcome read = heddle("video clips/testing-000.ppm --dry-run");
  EXPECT_EQ(read.exit_code, 0) << read.output;
  EXPECT_THAT(read.output, HasSubstr("320x240"));
  const Outcome same = heddle("eval success clips/testing-000.txt clips/testing-000.txt --json");
  ASSERT_EQ(same.exit_code, 0) << same.output;
  EXPECT_GT(nlohmann::json::parse(same.output)["tracks"][0]["frames"], 40);
  EXPECT_EQ(heddle("eval suite --clips 1 --write clips").exit_code, 7);
}

TEST_F(Eval, JudgesGenesByTheirStopsAndStarts) {
  ASSERT_EQ(heddle("genome genome.fa --quiet -o ours.gff3").exit_code, 0);
  const Outcome same = heddle("eval genes ours.gff3 ours.gff3 --json");
  ASSERT_EQ(same.exit_code, 0) << same.output;
  const auto row = nlohmann::json::parse(same.output)["genes"][0];
  EXPECT_GT(row["annotated"], 4);
  EXPECT_EQ(row["F1"], 1.0);
  EXPECT_EQ(row["starts"], 1.0);
  write("none.gff3", "##gff-version 3\n");
  const Outcome table = heddle("eval genes ours.gff3 ours.gff3 none.gff3");
  ASSERT_EQ(table.exit_code, 0) << table.output;
  EXPECT_THAT(table.output, HasSubstr("none.gff3: has no rows of type CDS"));
  EXPECT_EQ(heddle("eval genes none.gff3 ours.gff3").exit_code, 3);
}

TEST_F(Eval, GenesOfSequencesThatTheTruthHasNotAreAnErrorThatNamesBoth) {
  const std::string header = "##gff-version 3\n", rest = "\tx\tCDS\t11\t130\t.\t+\t0\tID=g\n";
  write("truth.gff3", header + "NC_1" + rest);
  write("other.gff3", header + "chr" + rest + "plasmid" + rest);
  write("part.gff3", header + "NC_1" + rest + "plasmid" + rest);
  const Outcome other = heddle("eval genes truth.gff3 other.gff3");
  EXPECT_EQ(other.exit_code, 3) << other.output;
  EXPECT_THAT(other.output,
              HasSubstr("other.gff3: its genes lie on chr, plasmid, those of truth.gff3 on NC_1"));
  EXPECT_EQ(heddle("eval genes truth.gff3 part.gff3").exit_code, 0);
}

class EvalRepeats : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    write("truth.paf",
          "c\t99\t5000\t6000\t+\tc\t99\t1000\t2000\t950\t1000\t60\n"
          "c\t99\t1000\t2000\t+\tc\t99\t5000\t6000\t950\t1000\t60\n"
          "c\t99\t9000\t9500\t-\tc\t99\t3000\t3500\t480\t500\t60\n"
          "c\t99\t100\t900\t+\tc\t99\t0\t800\t790\t800\t60\n");
    write("said.bedpe",
          "#made\n"
          "c\t1050\t2010\tc\t5050\t6010\tp1\t800\t+\t+\t95.00\t960\t.\n"
          "c\t20000\t20400\tc\t30000\t30400\tp2\t300\t+\t-\n");
  }
};

TEST_F(EvalRepeats, CountsPairsOnceFromEitherSideAndLeavesArraysOut) {
  const Outcome outcome = heddle("eval repeats truth.paf said.bedpe --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto score = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(score["truths"], 2);
  EXPECT_EQ(score["found"], 1);
  EXPECT_EQ(score["said"], 2);
  EXPECT_EQ(score["precision"], 0.5);
  const Outcome arrays = heddle("eval repeats truth.paf said.bedpe --json --arrays");
  EXPECT_EQ(nlohmann::json::parse(arrays.output)["truths"], 3);
}

TEST_F(EvalRepeats, PrintsATable) {
  const Outcome outcome = heddle("eval repeats truth.paf truth.paf");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("100.00     100.00       2      2       2       2"));
}

TEST_F(EvalRepeats, NamesTheLineThatIsNoPair) {
  write("bad.bedpe", "c\t1\t9\tc\t20\t29\nc\t1\tx\n");
  const Outcome outcome = heddle("eval repeats truth.paf bad.bedpe");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("bad.bedpe, line 2: is no pair"));
}

TEST_F(EvalRepeats, PairsOfSequencesThatTheTruthHasNotAreAnErrorThatNamesBoth) {
  write("other.paf", "chr20\t99\t9000\t9500\t-\tchr20\t99\t3000\t3500\t480\t500\t60\n");
  const Outcome outcome = heddle("eval repeats truth.paf other.paf");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr("other.paf: its pairs lie on chr20, those of truth.paf on c: no name is in "
                        "both"));
}

TEST_F(EvalRepeats, HasNoPrecisionWhereNothingWasSaid) {
  write("none.paf", "");
  const Outcome json = heddle("eval repeats truth.paf none.paf --json");
  ASSERT_EQ(json.exit_code, 0) << json.output;
  EXPECT_EQ(nlohmann::json::parse(json.output)["recall"], 0.0);
  EXPECT_TRUE(nlohmann::json::parse(json.output)["precision"].is_null());
  EXPECT_THAT(heddle("eval repeats truth.paf none.paf").output, HasSubstr("  0.00          -"));
}

TEST_F(EvalRepeats, RefusesATruthWithNothingThatCounts) {
  EXPECT_EQ(heddle("eval repeats truth.paf said.bedpe --min-length 100000").exit_code, 3);
  EXPECT_EQ(heddle("eval repeats truth.paf said.bedpe --overlap 0.2").exit_code, 2);
}

TEST_F(Cli, JudgesSitesOfMotifs) {
  write("truth.bed", "c\t10\t20\tA\t0\t+\nc\t30\t40\tB\t0\t-\n");
  write("sites.bed", "c\t10\t20\tA\t0\t+\nc\t31\t41\tB\t0\t-\n");
  const Outcome outcome = heddle("eval motifs truth.bed sites.bed --each");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr("all motifs         2         1         2         1    50.00"));
  const auto near =
      nlohmann::json::parse(heddle("eval motifs truth.bed sites.bed --slack 1 --json").output);
  EXPECT_EQ(near["all"]["recall"], 1.0);
  EXPECT_EQ(near["motifs"][1]["name"], "B");
  write("other.bed", "chr\t10\t20\tA\t0\t+\n");
  const Outcome other = heddle("eval motifs truth.bed other.bed");
  EXPECT_EQ(other.exit_code, 3) << other.output;
  EXPECT_THAT(other.output, HasSubstr("other.bed: its sites lie on chr, those of truth.bed on c"));
  write("none.bed", "");
  EXPECT_EQ(heddle("eval motifs none.bed sites.bed").exit_code, 3);
}

}  // namespace
}  // namespace heddle
