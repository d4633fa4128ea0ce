// --init: the frames that it names are the video's own, whatever part of it is read. match.mp4 has
// frames 0 to 59, ten a second.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Init : public Cli {
 protected:
  Outcome follow(const std::string& words) { return heddle("video match.mp4 -q -O mot " + words); }
  void expect_refusal(const std::string& words, const std::string& why) {
    const Outcome outcome = follow(words + " -o refused.txt");
    EXPECT_EQ(outcome.exit_code, 2) << words;
    EXPECT_THAT(outcome.output, HasSubstr(why)) << words;
    EXPECT_FALSE(exists("refused.txt")) << words;
  }
};

TEST_F(Init, BeginsAtTheVideosFrameInAnyPartOfIt) {
  for (const char* words : {"--ss 2 --to 4 --init 83,60,36,48@30",
                            "--ss 2 --frames 15 --init 83,60,36,48@30",
                            "--stride 3 --init 83,60,36,48@30",
                            "--to 4 --init 83,60,36,48@30"}) {
    const Outcome outcome = follow(words);
    EXPECT_EQ(outcome.exit_code, 0) << words << ": " << outcome.output;
    EXPECT_THAT(outcome.output, StartsWith("31,1,")) << words;  // 1-based
  }
}

TEST_F(Init, BeginsAtTheNextFrameThatIsReadWhereAStrideLeavesItsOwnOut) {
  EXPECT_THAT(follow("--stride 4 --init 83,60,36,48@14").output, StartsWith("17,1,"));
}

TEST_F(Init, WithoutAFrameBeginsAtTheFirstThatIsRead) {
  EXPECT_THAT(follow("--ss 2 --to 3 --init 83,60,36,48").output, StartsWith("21,1,"));
}

TEST_F(Init, OutsideOfThePartIsAnErrorThatNamesIt) {
  expect_refusal("--ss 2 --to 4 --init 83,60,36,48@15",
                 "--init 83,60,36,48@15 lies before the part that is read: --ss begins with frame "
                 "20");
  expect_refusal("--ss 2 --to 4 --init 83,60,36,48@45",
                 "--init 83,60,36,48@45 begins behind the last frame: of match.mp4 frames 20 to 39 "
                 "were read");
  expect_refusal("--stride 7 --init 83,60,36,48@57",
                 "begins behind the last frame: of match.mp4 frames 0 to 56 were read");
  expect_refusal("--stride 4 --frames 4 --init 83,60,36,48@13",
                 "begins behind the last frame: --frames 4 ends with frame 12");
}

}  // namespace
}  // namespace heddle
