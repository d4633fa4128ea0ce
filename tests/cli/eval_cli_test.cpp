// heddle eval, as a user runs it.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace heddle {
namespace {

using testing::HasSubstr;

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

TEST_F(Eval, DrawsAPictureAndReplacesNone) {
  const std::string command = "eval tracks truth/gaps.txt tracks/gaps.txt --svg scores.svg";
  ASSERT_EQ(heddle(command).exit_code, 0);
  EXPECT_TRUE(text("scores.svg").starts_with("<svg "));
  EXPECT_EQ(heddle(command).exit_code, 7);
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

TEST_F(Eval, ATruthWithoutABoxIsAnError) {
  write("none.txt", "");
  write("ignored.txt", "1,1,10,10,20,20,0,1,1\n");
  for (const std::string truth : {"none.txt", "ignored.txt"}) {
    const Outcome outcome = heddle("eval tracks " + truth + " tracks/gaps.txt");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
    EXPECT_EQ(outcome.output,
              "error: " + truth +
                  ": has no boxes that count; there is nothing to judge by (see "
                  "--rules)\n");
  }
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

}  // namespace
}  // namespace heddle
