#include "app/serve/streams/input_watch.h"

#include "io/isolated/confinement.h"
#include "tests/unit/app/serve/streams/drawn_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace heddle::app::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr auto kPatience = seconds(120);

TEST(InputWatch, TellsWhoWaitsForTheInputFromWhoRestsOrComputesOrDoesNotAsk) {
  Clock::Time now;
  InputWatch watch(now, seconds(10));
  const auto silent_after = [&](int time) {
    watch.look(now);
    watch.look(now += seconds(time));
    return watch.silent();
  };
  EXPECT_FALSE(silent_after(100)) << "what was read is not through: nobody asks";
  {
    const InputWatch::Asking asking(&watch);
    EXPECT_FALSE(silent_after(9));
    EXPECT_TRUE(silent_after(2));
    {
      const InputWatch::Resting resting(&watch);
      EXPECT_FALSE(silent_after(100));
    }
    EXPECT_FALSE(silent_after(9));
    const auto until = std::clock() + CLOCKS_PER_SEC / 20;
    while (std::clock() < until) {
    }
    EXPECT_FALSE(silent_after(9)) << "it computed between";
    EXPECT_TRUE(silent_after(2));
  }
  EXPECT_FALSE(silent_after(100));
}

/// Lets time pass until the stream is in this state.
void pass_until(RunningStream& stream, TestClock& clock, StreamState state) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (stream.status().state != state) {
    if (std::chrono::steady_clock::now() > until) {
      FAIL() << "it is " << name_of(stream.status().state);
    }
    clock.pass(seconds(1));
    std::this_thread::sleep_for(milliseconds(20));
  }
}

TEST(RunningStream, OfAFileThatGivesNothingStalls) {
  TestClock clock;
  StreamSeams seams = drawn({.frames = 30, .silent_before = 20});
  seams.clock = &clock;
  RunningStream stream(spec_of("video", "drawing"), services(), seams);
  wait_for(stream, "tracks", 20);
  pass_until(stream, clock, StreamState::kStalled);
  const StreamStatus now = stream.status();
  EXPECT_EQ(now.error_code, "stalled");
  EXPECT_EQ(now.error, "nothing has come from the input for 10 s");
  EXPECT_EQ(events_of(stream, "error").size(), 1U);
  stream.stop();
  finish(stream);
}

TEST(RunningStream, WhoseUploadIsSilentStallsUntilItGoesOn) {
  TestClock clock;
  RunningStream stream(
      spec_of("genome", "upload", {{"task", "repeats"}}), services(), {.clock = &clock});
  const auto upload = stream.upload("");
  const auto send = [&upload](std::string_view text) { upload->offer(text); };
  send(">");
  pass_until(stream, clock, StreamState::kStalled);
  EXPECT_EQ(stream.status().error_code, "stalled");
  EXPECT_THAT(stream.status().error, HasSubstr("who uploads has sent nothing"));
  send("a\nACGTACGT\n");
  upload->finish(false);
  wait_for(stream, "sequence", 1);
  pass_until(stream, clock, StreamState::kWaiting);
  EXPECT_EQ(stream.status().error, "");
  stream.stop();
  finish(stream);
}

/// Direct children of this process.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (pid_t one = 0; list >> one;) found.push_back(one);
  }
  return found;
}

TEST(RunningStream, WhoseDecoderHangsStallsUntilItGoesOn) {
  if (!io::confinement_absent().empty()) GTEST_SKIP() << io::confinement_absent();
  TestClock clock;
  StreamServices apart = services();
  apart.decoder = HEDDLE_PROGRAM;
  RunningStream stream(
      spec_of("video", HEDDLE_TEST_DATA "/video/plain.mp4"), apart, {.clock = &clock});
  std::vector<pid_t> decoder;
  while ((decoder = children()).empty() && !ended(stream.status().state)) {
  }
  ASSERT_EQ(decoder.size(), 1U);
  ::kill(decoder[0], SIGSTOP);
  pass_until(stream, clock, StreamState::kStalled);
  EXPECT_EQ(stream.status().error_code, "stalled");
  ::kill(decoder[0], SIGCONT);
  finish(stream);
  EXPECT_EQ(stream.status().state, StreamState::kDone);
  EXPECT_EQ(stream.status().error, "");
}

}  // namespace
}  // namespace heddle::app::serve
