// A state folder that takes nothing for a while.

#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Checkpoint, ThatCannotBeWrittenIsSaidOnceAndSoIsThatItCanAgain) {
  const io::ScratchFolder folder;
  const std::string state = folder / "state";
  fs::create_directory(state);
  std::mutex mutex;
  std::vector<std::string> said;
  StreamServices with = services();
  with.state_folder = state;
  with.say = [&](const std::string& line) {
    const std::scoped_lock lock(mutex);
    said.push_back(line);
  };
  StreamSeams seams = drawn({.frames = 30, .live = true, .silent_before = 20});
  seams.checkpoint_every = std::chrono::milliseconds(1);
  fs::remove_all(state);
  folder.write("state", "no folder any more");
  RunningStream stream(spec_of("video", "rtsp://drawing", {{"policy", "block"}}), with, seams);
  wait_for(stream, "error", 2);
  EXPECT_TRUE(stream.status().checkpointed);
  EXPECT_EQ(stream.status().checkpoint_age, -1);
  EXPECT_EQ(stream.status().error_code, kCheckpointFailed);
  EXPECT_GE(stream.status().checkpoint_failures, 2);
  fs::remove(state);
  fs::create_directory(state);
  wait_for(stream, "checkpoint", 1);
  EXPECT_EQ(stream.status().error_code, "");
  EXPECT_GE(stream.status().checkpoint_age, 0);
  stream.stop();
  finish(stream);
  EXPECT_THAT(said,
              ElementsAre(AllOf(HasSubstr("checkpoint cannot be written"), HasSubstr("state")),
                          HasSubstr("written again")));
}

}  // namespace
}  // namespace heddle::app::serve
