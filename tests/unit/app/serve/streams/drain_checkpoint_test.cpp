// What a drained stream leaves to those who listened, and to the daemon after it.

#include "app/serve/refused_stream.h"
#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <thread>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;
using ::testing::SizeIs;

/// Of a live stream.
void drain_behind_twenty_frames(const StreamSpec& spec, const std::string& state) {
  RunningStream drained(
      spec, keeping(state), drawn({.frames = 30, .live = true, .silent_before = 20}));
  wait_for(drained, "tracks", 20);
  drained.drain();
  finish(drained);
}

TEST(Checkpoint, HasTheNewestEventsForAListenerThatWasAwayOverADrain) {
  const io::ScratchFolder state;
  const StreamSpec spec = spec_of("video", "rtsp://drawing", {{"policy", "block"}});
  EventLog::Read told;
  {
    RunningStream drained(
        spec, keeping(state / ""), drawn({.frames = 30, .live = true, .silent_before = 20}));
    wait_for(drained, "tracks", 20);
    drained.drain();
    finish(drained);
    told = drained.events().after(3);
  }
  RunningStream stream(spec, keeping(state / ""), waiting());
  const EventLog::Read read = stream.events().after(3);
  EXPECT_EQ(read.lost, 0);
  ASSERT_GT(read.events.size(), told.events.size());
  for (std::size_t i = 0; i + 1 < told.events.size(); ++i) {
    EXPECT_EQ(read.events[i].id, told.events[i].id);
    EXPECT_EQ(read.events[i].data, told.events[i].data);
    EXPECT_EQ(read.events[i].wall, told.events[i].wall);
  }
  const Event& end = read.events[told.events.size() - 1];  // of that daemon, not of the stream
  EXPECT_EQ(end.type + " " + end.data, R"(checkpoint {"samples":20})");
  EXPECT_EQ(end.wall, told.events.back().wall);
  stream.stop();
  finish(stream);
  EXPECT_TRUE(fs::is_empty(state / ""));
}

TEST(Checkpoint, LetsAFileAtItsPaceGoOnWhereItWas) {
  const io::ScratchFolder state;
  const StreamSpec spec =
      spec_of("video", HEDDLE_TEST_DATA "/house/match.mp4", {{"options", {{"realtime", true}}}});
  std::int64_t last = 0;
  std::int64_t seen = 0;
  {
    RunningStream drained(spec, keeping(state / ""));
    wait_for(drained, "tracks", 12);
    drained.drain();
    finish(drained);
    last = drained.events().last();
    seen = drained.status().samples;
    EXPECT_EQ(drained.status().dropped, 0);
  }
  ASSERT_LT(seen, 60);
  TestClock clock;
  StreamSeams seams;
  seams.clock = &clock;
  RunningStream stream(spec, keeping(state / ""), seams);
  finish(stream);
  const std::vector<double> sleeps = clock.sleeps();
  const double slept = std::accumulate(sleeps.begin(), sleeps.end(), 0.0);
  EXPECT_LT(slept, static_cast<double>(60 - seen) / 10 + 0.3) << "it hurries up to there";
  EXPECT_EQ(stream.status().samples, 60);
  EXPECT_EQ(stream.status().dropped, 0);
  EXPECT_EQ(stream.status().gaps, 0);
  const auto tracks = events_of(stream, "tracks", last);
  ASSERT_FALSE(tracks.empty());
  EXPECT_GE(tracks.front()["frame"].get<std::int64_t>(), seen);
  EXPECT_LT(tracks.back()["frame"].get<std::int64_t>(), 60);
}

TEST(Checkpoint, LetsABoxOfACameraBeginOnceAndAtItsOwnFrame) {
  const io::ScratchFolder state;
  const StreamSpec spec =
      spec_of("video",
              "rtsp://drawing",
              {{"policy", "block"}, {"options", {{"init", {"60,40,20,20@3", "60,40,20,20@22"}}}}});
  drain_behind_twenty_frames(spec, state / "");
  RunningStream stream(
      spec, keeping(state / ""), drawn({.frames = 30, .live = true, .silent_before = 5}));
  const std::int64_t before = stream.events().last();
  while (events_of(stream, "tracks", before).size() < 5) std::this_thread::yield();
  std::vector<std::size_t> objects;
  for (const auto& event : events_of(stream, "tracks", before)) {
    objects.push_back(event["tracks"].size());
  }
  EXPECT_EQ(objects, (std::vector<std::size_t>{0, 0, 1, 1, 1}));  // of frames 20 to 24
  stream.stop();
  finish(stream);
}

TEST(Checkpoint, EventsOfADrainAreOfNoUseOnceTheStreamWentOnAndDied) {
  const io::ScratchFolder state;
  const io::ScratchFolder left;
  StreamSpec spec = spec_of("video", "rtsp://drawing", {{"policy", "block"}});
  drain_behind_twenty_frames(spec, state / "");
  {
    RunningStream killed(
        spec, keeping(state / ""), drawn({.frames = 30, .live = true, .silent_before = 20}));
    wait_for(killed, "gap", 1);
    ASSERT_TRUE(killed.checkpoint());
    wait_for(killed, "checkpoint", 2);  // the drain's and this one
    fs::copy(state / "", left / "", fs::copy_options::recursive);
    killed.stop();
    finish(killed);
  }
  spec.restarts = 2;
  RefusedStream refused(spec, "not allowed", left / "");
  EXPECT_GT(refused.events().after(5).lost, 0);
}

TEST(Checkpoint, IsNotTakenOfAStreamThatAClientStoppedBeforeTheDrain) {
  const io::ScratchFolder state;
  StreamServices with = keeping(state / "");
  int over = 0;
  with.over = [&over](const std::string&) { ++over; };
  RunningStream stream(spec_of("video", "rtsp://drawing", {{"policy", "block"}}),
                       with,
                       drawn({.frames = 30, .live = true, .silent_before = 20}));
  wait_for(stream, "tracks", 20);
  stream.stop();
  stream.drain();
  finish(stream);
  EXPECT_EQ(stream.status().state, StreamState::kStopped);
  EXPECT_EQ(events_of(stream, "end")[0]["state"], "stopped");
  EXPECT_EQ(over, 1);
  EXPECT_TRUE(fs::is_empty(state / ""));
}

TEST(Checkpoint, OfAFileThatDropsCountsOn) {
  const io::ScratchFolder state;
  const StreamSpec spec = spec_of("video",
                                  HEDDLE_TEST_DATA "/house/match.mp4",
                                  {{"policy", "drop_oldest"}, {"options", {{"realtime", true}}}});
  std::int64_t before = 0;
  {
    RunningStream drained(spec, keeping(state / ""));
    wait_for(drained, "tracks", 12);
    drained.drain();
    finish(drained);
    before = drained.status().samples + drained.status().dropped;
  }
  ASSERT_LT(before, 60);
  RunningStream stream(spec, keeping(state / ""));
  finish(stream);
  EXPECT_EQ(stream.status().samples + stream.status().dropped, before + 60);
  EXPECT_EQ(stream.status().gaps, 1);
}

/// As when a folder was taken out of --allow for a while.
TEST(Checkpoint, GoesOnBehindTheEventsOfADaemonBetweenThatRefusedTheStream) {
  const io::ScratchFolder state;
  StreamSpec spec = spec_of("video", "rtsp://drawing", {{"policy", "block"}});
  drain_behind_twenty_frames(spec, state / "");
  spec.restarts = 1;
  RefusedStream refused(spec, "not allowed", state / "");
  EXPECT_EQ(refused.events().after(5).lost, 0) << "it has what the daemon before it told";
  EXPECT_EQ(refused.events().after(5).events.at(0).id, 6);
  spec.restarts = 2;
  RunningStream stream(spec, keeping(state / ""), waiting());
  wait_for(stream, "state", 1);
  EXPECT_GT(stream.events().after(refused.events().last()).events.size(), 0U);
  EXPECT_GT(stream.events().last(), refused.events().last());
  stream.stop();
  finish(stream);
}

TEST(Checkpoint, LetsALiveStreamCountOnBehindAGap) {
  const io::ScratchFolder state;
  std::int64_t highest = 0;
  std::int64_t last = 0;
  {
    RunningStream stream(spec_of("video", "rtsp://drawing", {{"policy", "block"}}),
                         keeping(state / ""),
                         drawn({.frames = 80, .live = true, .silent_before = 70}));
    wait_for(stream, "tracks", 70);
    stream.drain();
    finish(stream);
    for (const auto& event : events_of(stream, "tracks")) {
      for (const auto& track : event["tracks"]) {
        highest = std::max(highest, track["id"].get<std::int64_t>());
      }
    }
    last = stream.events().last();
  }
  ASSERT_GT(highest, 0);
  RunningStream stream(spec_of("video", "rtsp://drawing", {{"policy", "block"}}),
                       keeping(state / ""),
                       drawn({.frames = 70, .live = true}));
  finish(stream);
  const auto tracks = events_of(stream, "tracks", last);
  EXPECT_EQ(tracks.front()["frame"], 70);
  EXPECT_GT(tracks.front()["time"], 69.0 / 25);
  std::int64_t lowest = 1 << 20;
  for (const auto& event : tracks) {
    for (const auto& track : event["tracks"]) {
      lowest = std::min(lowest, track["id"].get<std::int64_t>());
    }
  }
  EXPECT_EQ(lowest, highest + 1);
  ASSERT_THAT(events_of(stream, "gap"), SizeIs(1));
  EXPECT_EQ(stream.events().after(last).events.at(0).id, last + 1);
  EXPECT_EQ(stream.status().samples, 140);
}

}  // namespace
}  // namespace heddle::app::serve
