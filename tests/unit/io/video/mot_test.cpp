#include "clips.h"
#include "io/sink.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

Track track(std::int64_t frame, std::int64_t id, Track::State state) {
  return {.frame = frame,
          .id = id,
          .x = 10.004,
          .y = -3.5,
          .width = 20,
          .height = 40.256,
          .score = 0.87654,
          .state = state};
}

using State = Track::State;

TEST(MotSink, WritesOneBasedBoxesOfVisibleTracksByFrameAndId) {
  const TemporaryFolder folder;
  const auto sink = open_sink("mot", folder / "tracks.txt", {});
  const std::vector<Record> first{track(0, 7, State::kNew), track(0, 2, State::kTracked)};
  const std::vector<Record> second{track(1, 7, State::kLost),
                                   track(1, 2, State::kEnded),
                                   track(1, 3, State::kRecovered),
                                   Failure{"frame 1", "too dark"}};
  sink->write(Frame{.number = 0}, first);
  sink->write(Frame{.number = 1}, second);
  sink->close();
  EXPECT_EQ(bytes_of(folder / "tracks.txt"),
            "1,2,11.00,-2.50,20.00,40.26,0.8765,-1,-1,-1\n"
            "1,7,11.00,-2.50,20.00,40.26,0.8765,-1,-1,-1\n"
            "2,3,11.00,-2.50,20.00,40.26,0.8765,-1,-1,-1\n");
}

TEST(MotSink, WritesExtremeNumbersWithoutCuttingTheLine) {
  const TemporaryFolder folder;
  const auto sink = open_sink("mot", folder / "tracks.txt", {});
  Track huge = track(0, 1, State::kTracked);
  huge.x = huge.y = huge.width = huge.height = -1e308;
  sink->write(Frame{}, std::vector<Record>{huge});
  sink->close();
  EXPECT_TRUE(bytes_of(folder / "tracks.txt").ends_with(",0.8765,-1,-1,-1\n"));
}

}  // namespace
}  // namespace heddle::io
