// Who is told that a stream is over, and when.

#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace heddle::app::serve {
namespace {

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
}

}  // namespace
}  // namespace heddle::app::serve
