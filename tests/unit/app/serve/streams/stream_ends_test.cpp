// Who is told that a stream is over, and when.

#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>

namespace heddle::app::serve {
namespace {

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

TEST(RunningStream, SaysThatItIsOverBeforeItsEndEvent) {
  StreamServices with = services();
  std::vector<std::string> over;
  std::size_t ends = 99;
  Stream* the = nullptr;
  std::mutex made;
  with.over = [&](const std::string& id) {
    const std::scoped_lock lock(made);
    over.push_back(id);
    ends = events_of(*the, "end").size();
  };
  StreamSpec spec = spec_of("video", "drawing");
  spec.id = "s7";
  std::unique_ptr<RunningStream> stream;
  {
    const std::scoped_lock lock(made);
    stream = std::make_unique<RunningStream>(spec, with, drawn({.frames = 3}));
    the = stream.get();
  }
  finish(*stream);
  EXPECT_EQ(over, std::vector<std::string>{"s7"});
  EXPECT_EQ(ends, 0U);
}

TEST(RunningStream, WithABoxBehindItsLastFrameFailsAndSaysSo) {
  const auto end_of = [](const char* box) {
    RunningStream stream(
        spec_of("video", "drawing", {{"policy", "block"}, {"options", {{"init", {box}}}}}),
        services(),
        drawn({.frames = 4}));
    finish(stream);
    return stream.status();
  };
  const StreamStatus late = end_of("60,40,20,20@4");
  EXPECT_EQ(late.state, StreamState::kFailed);
  EXPECT_EQ(late.error_code, "bad_options");
  EXPECT_THAT(late.error, ::testing::HasSubstr("--init 60,40,20,20@4 begins behind the last"));
  EXPECT_EQ(end_of("60,40,20,20@2").state, StreamState::kDone);
}

TEST(RunningStream, ThatIsDrainedIsNotOver) {
  StreamServices with = services();
  const io::ScratchFolder state;
  with.state_folder = state / "";
  std::atomic<int> over = 0;
  with.over = [&](const std::string&) { ++over; };
  RunningStream stream(
      spec_of("video", "drawing"), with, drawn({.frames = 30, .silent_before = 20}));
  wait_for(stream, "tracks", 20);
  stream.drain();
  finish(stream);
  EXPECT_EQ(over, 0);
  EXPECT_EQ(stream.status().state, StreamState::kDraining) << "nobody stopped it";
}

TEST(RunningStream, ThatHasEndedKeepsNoCheckpoint) {
  StreamServices with = services();
  const io::ScratchFolder state;
  with.state_folder = state / "";
  StreamSeams seams = drawn({.frames = 30, .silent_before = 20});
  seams.checkpoint_every = std::chrono::milliseconds(1);
  RunningStream stream(spec_of("video", "drawing"), with, seams);
  wait_for(stream, "checkpoint", 1);
  EXPECT_GE(stream.status().checkpoint_age, 0);
  EXPECT_TRUE(stream.checkpoint());
  stream.stop();
  finish(stream);
  EXPECT_EQ(stream.status().checkpoint_age, -1);
  EXPECT_FALSE(stream.checkpoint());
}

TEST(RunningStream, WhoseConnectionDeliversAgainHasNoErrorAnyMore) {
  StreamSeams seams;
  int attempts = 0;
  seams.parts = [&attempts](const LiveParts::World& world) {
    return std::make_unique<LiveParts>(
        [&attempts](int stop) -> std::unique_ptr<io::Source> {
          if (attempts++ == 0) throw io::InputError("nobody there");
          return std::make_unique<DrawnSource>(Drawing{.live = true, .silent_before = 20}, stop);
        },
        world);
  };
  RunningStream stream(spec_of("video", "drawing"), services(), seams);
  wait_for(stream, "tracks", 20);
  EXPECT_EQ(events_of(stream, "error").at(0)["code"], "connection_failed");
  EXPECT_EQ(stream.status().error, "");
  stream.stop();
  finish(stream);
}

TEST(RunningStream, ThatHasEndedHoldsNothingOpenThoughItIsRemembered) {
  const io::ScratchFolder folder;
  const StreamSpec specs[] = {spec_of("video", HEDDLE_TEST_DATA "/video/plain.mp4"),
                              spec_of("genome", "upload", {{"task", "repeats"}}),
                              spec_of("genome", "watch:" + (folder / ""), {{"task", "repeats"}})};
  finish(*start_stream(specs[0], services()));  // what the process opens once
  for (const StreamSpec& spec : specs) {
    const std::ptrdiff_t before = open_descriptors();
    const auto stream = start_stream(spec, services());
    auto upload = spec.input == "upload" ? stream->upload("") : nullptr;
    if (upload) upload->offer(std::string_view(">half\nACGT"));
    if (spec.kind == "genome") stream->stop();
    finish(*stream);
    upload.reset();
    EXPECT_EQ(open_descriptors(), before) << spec.input;
  }
}

}  // namespace
}  // namespace heddle::app::serve
