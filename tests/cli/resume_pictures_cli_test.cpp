// --resume of runs over pictures: a folder, or their numbers.

#include "tests/cli/cli.h"
#include "tests/cli/crash.h"
#include "tests/cli/moving_pictures.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using ::testing::HasSubstr;

class ResumeOfPictures : public Cli {
 protected:
  /// A run over `input` is killed once it has a journal.
  void kill_one(const std::string& input) {
    write_moving_pictures(folder_ / "pics", 400);
    run("'" HEDDLE_BINARY "' video " + input +
            " --quiet -o out.txt --journal-every 0.001 & until [ -s out.txt.journal-2 ] || ! "
            "kill -0 $!; do sleep 0.002; done; kill -KILL $!; wait $!",
        folder_);
    ASSERT_TRUE(exists("out.txt.partial"));
    ASSERT_FALSE(exists("out.txt"));
  }
};

TEST_F(ResumeOfPictures, GoesOnToTheSameBytesAfterKills) {
  write_moving_pictures(folder_ / "pics", 120);
  for (const char* input : {"pics", "pics/%04d.ppm"}) {
    CrashJob job;
    job.command = {HEDDLE_BINARY,
                   "video",
                   (folder_ / input).string(),
                   "-O",
                   "mot,jsonl",
                   "--journal-every",
                   "0.002"};
    job.folder = folder_ / "runs";
    job.moments = 4;
    int continued = 0;
    for (job.seed = 1; continued == 0 && job.seed <= 10; ++job.seed) {
      const CrashCount count = crash_and_resume(job);
      ASSERT_EQ(count.trouble, "") << input;
      EXPECT_EQ(count.identical, count.runs) << input;
      continued += count.continued;
    }
    EXPECT_GT(continued, 0) << input;
  }
}

TEST_F(ResumeOfPictures, RefusesOthersAndSaysWhatTheyWere) {
  kill_one("pics");
  write_moving_pictures(folder_ / "pics", 401);
  const Outcome more = heddle("video pics --resume -o out.txt");
  EXPECT_EQ(more.exit_code, 7);
  EXPECT_THAT(more.output, HasSubstr("the input pics was 400 pictures, "));
  EXPECT_THAT(more.output, HasSubstr(" and is 401 pictures, "));
}

TEST_F(ResumeOfPictures, SeesThatOneWasWrittenAnew) {
  kill_one("pics/%04d.ppm");
  const std::string last = text("pics/0400.ppm");
  write("pics/0400.ppm", last);  // the same bytes at another time
  const Outcome anew = heddle("video pics/%04d.ppm --resume -o out.txt");
  EXPECT_EQ(anew.exit_code, 7);
  EXPECT_THAT(anew.output, HasSubstr("names, sizes and times"));
}

TEST_F(ResumeOfPictures, OfNumbersThatNoFileHasIsTheInputsFault) {
  write_moving_pictures(folder_ / "pics", 2);
  const Outcome there = heddle("video pics/%04d.ppm --resume -o out.txt");
  EXPECT_EQ(there.exit_code, 0) << there.output;
  EXPECT_THAT(there.output, HasSubstr("there is no earlier run of pics/%04d.ppm"));
  const Outcome none = heddle("video pics/%06d.ppm --resume -o other.txt");
  EXPECT_EQ(none.exit_code, 3) << none.output;
  EXPECT_THAT(none.output, HasSubstr("no file is of this pattern"));
}

TEST_F(ResumeOfPictures, IsWhatAPipeStillCannotHave) {
  const Outcome pipe =
      run("mkfifo pipe; '" HEDDLE_BINARY "' video pipe --resume -o x.txt", folder_);
  EXPECT_EQ(pipe.exit_code, 2);
  EXPECT_THAT(pipe.output, HasSubstr("pipe cannot be read a second time; give a file"));
}

}  // namespace
}  // namespace heddle
