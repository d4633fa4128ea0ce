#include "io/formats/video_overlay.h"

#include "clips.h"
#include "io/formats/video_overlay_painter.h"
#include "io/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace heddle::io {
namespace {

using State = Track::State;

Track box(std::int64_t id, State state = State::kTracked) {
  return {.id = id, .x = 10, .y = 20, .width = 30, .height = 15, .state = state};
}

class VideoOverlay : public testing::Test {
 protected:
  void SetUp() override {
    if (video_overlay_encoder().empty()) GTEST_SKIP() << "FFmpeg has no H.264 encoder here";
  }
  static SinkOptions options_for(const SourceInfo& info) {
    SinkOptions options;
    options.input = info;
    return options;
  }
  static void write(const std::string& path, const Reading& reading) {
    const auto sink = open_sink("mp4", path, options_for(reading.info));
    for (const Frame& frame : reading.frames) sink->write(frame, std::vector<Record>{box(1)});
    sink->close();
  }
  TemporaryFolder folder_;
};

class EveryOverlaidClip : public VideoOverlay, public testing::WithParamInterface<std::string> {};

TEST_P(EveryOverlaidClip, KeepsCountTimesAndSizeOfItsFrames) {
  const Reading before = read_video(clip(GetParam()));
  write(folder_ / "out.mp4", before);
  const Reading after = read_video(folder_ / "out.mp4");
  EXPECT_EQ(after.error, "");
  ASSERT_EQ(after.frames.size(), before.frames.size());
  EXPECT_EQ(after.info.width, before.info.width + before.info.width % 2);
  EXPECT_EQ(after.info.height, before.info.height + before.info.height % 2);
  EXPECT_EQ(after.info.pixel_width, before.info.pixel_width);
  EXPECT_EQ(after.info.pixel_height, before.info.pixel_height);
  for (std::size_t i = 0; i < before.frames.size(); ++i) {
    EXPECT_NEAR(after.frames[i].seconds, before.frames[i].seconds, 1.0 / 90000) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         EveryOverlaidClip,
                         testing::Values("plain.mp4",
                                         "vfr.mp4",
                                         "gap.mkv",
                                         "odd_33x17.mkv",
                                         "one_frame.mp4",
                                         "wide_pixels.mp4"),
                         [](const auto& made) { return test_name(made.param); });

TEST_F(VideoOverlay, APartOfAVideoBeginsAtZeroAndHasNoHole) {
  Reading reading;
  reading.info = {.video = true, .width = 64, .height = 64, .frames_per_second = 5};
  for (int i = 0; i < 30; ++i) {  // three groups
    Frame frame{.width = 64, .height = 64};
    frame.number = 500 + i;
    frame.seconds = 100 + 0.2 * i;
    frame.bgr.assign(std::size_t{64} * 64 * 3, 90);
    reading.frames.push_back(frame);
  }
  write(folder_ / "part.mp4", reading);
  const Reading after = read_video(folder_ / "part.mp4");
  ASSERT_EQ(after.frames.size(), 30u);
  for (int i = 0; i < 30; ++i) EXPECT_NEAR(after.frames[i].seconds, 0.2 * i, 1e-4) << i;
}

TEST_F(VideoOverlay, IsTheSameBytesTwice) {
  const Reading reading = read_video(clip("plain.mp4"));
  write(folder_ / "one.mp4", reading);
  write(folder_ / "two.mp4", reading);
  EXPECT_EQ(bytes_of(folder_ / "one.mp4"), bytes_of(folder_ / "two.mp4"));
}

TEST_F(VideoOverlay, KeepsColors) {
  Reading reading;
  reading.info = {.video = true, .width = 64, .height = 64, .frames_per_second = 10};
  Frame frame{.width = 64, .height = 64};
  for (int i = 0; i < 64 * 64; ++i) frame.bgr.insert(frame.bgr.end(), {40, 90, 200});
  reading.frames = {frame};
  const auto sink = open_sink("mp4", folder_ / "out.mp4", options_for(reading.info));
  sink->write(frame, {});
  sink->close();
  const Reading after = read_video(folder_ / "out.mp4");
  ASSERT_EQ(after.frames.size(), 1u);
  const auto color = color_at(after.frames[0], 32, 32);
  EXPECT_NEAR(color[0], 40, 4);
  EXPECT_NEAR(color[1], 90, 4);
  EXPECT_NEAR(color[2], 200, 4);
}

TEST_F(VideoOverlay, ARunThatDiesLeavesAPartialFileThatPlays) {
  const Reading reading = read_video(clip("plain.mp4"));
  {
    const auto sink = open_sink("mp4", folder_ / "out.mp4", options_for(reading.info));
    for (const Frame& frame : reading.frames) sink->write(frame, {});
  }
  const Reading partial = read_video(folder_ / "out.mp4.partial");
  EXPECT_EQ(partial.error, "");
  EXPECT_EQ(partial.frames.size(), reading.frames.size());
}

TEST_F(VideoOverlay, RefusesStandardOutputAndSequences) {
  EXPECT_THROW(open_sink("mp4", "-", options_for({.video = true, .width = 64, .height = 48})),
               OutputError);
  EXPECT_THROW(open_sink("mp4", folder_ / "out.mp4", {}), OutputError);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.mp4.partial"));
}

TEST_F(VideoOverlay, RefusesAFrameOfAnotherSizeWithBothSizes) {
  const auto sink = open_sink(
      "mp4", folder_ / "out.mp4", options_for({.video = true, .width = 64, .height = 48}));
  try {
    sink->write(Frame{.number = 3, .width = 10, .height = 10}, {});
    FAIL() << "taken";
  } catch (const OutputError& error) {
    EXPECT_THAT(
        error.what(),
        testing::AllOf(testing::HasSubstr("frame 3 is 10x10"), testing::HasSubstr("64x48")));
  }
}

constexpr int kWidth = 160, kHeight = 120;

std::vector<std::uint8_t> painted(OverlayPainter& painter,
                                  double seconds,
                                  const std::vector<Track>& tracks) {
  std::vector<std::uint8_t> bgr(kWidth * kHeight * 3);
  painter.paint(bgr, seconds, tracks);
  return bgr;
}

int lit(const std::vector<std::uint8_t>& bgr) {
  int count = 0;
  for (std::size_t i = 0; i < bgr.size(); i += 3) count += bgr[i] + bgr[i + 1] + bgr[i + 2] > 120;
  return count;
}

TEST(OverlayPainter, DrawsALostObjectWithGapsAndAnEndedOneNotAtAll) {
  OverlayPainter a(kWidth, kHeight), b(kWidth, kHeight), c(kWidth, kHeight);
  Track track{.id = 1, .x = 20, .y = 40, .width = 120, .height = 70};
  const int whole = lit(painted(a, 0, {track}));
  track.state = State::kLost;
  const int dashed = lit(painted(b, 0, {track}));
  track.state = State::kEnded;
  EXPECT_GT(dashed, whole / 4);
  EXPECT_LT(dashed, whole * 3 / 4);
  EXPECT_EQ(lit(painted(c, 0, {track})), 0);
}

TEST(OverlayPainter, GivesNeighbouringIdentitiesDifferentColors) {
  OverlayPainter painter(kWidth, kHeight);
  const auto color = [&](std::int64_t id) {
    const auto bgr =
        painted(painter, 0, {{.id = id, .x = 20, .y = 40, .width = 120, .height = 70}});
    const auto at = (75 * kWidth + 20) * 3;  // on the left side
    return std::vector<int>{bgr[at], bgr[at + 1], bgr[at + 2]};
  };
  EXPECT_NE(color(1), color(2));
  EXPECT_NE(color(2), color(3));
}

TEST(OverlayPainter, ForgetsATrailAfterTwoSeconds) {
  OverlayPainter painter(kWidth, kHeight);
  for (int i = 0; i < 10; ++i) {
    painted(painter, i * 0.1, {{.id = 1, .x = 10.0 * i, .y = 10, .width = 9, .height = 40}});
  }
  EXPECT_GT(lit(painted(painter, 1.5, {})), 0);
  EXPECT_EQ(lit(painted(painter, 3.1, {})), 0);
}

TEST(OverlayPainter, SurvivesBoxesOfAnySizeAnywhere) {
  OverlayPainter painter(kWidth, kHeight);
  const double values[] = {0,
                           -1e300,
                           1e300,
                           1e9,
                           -7,
                           std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()};
  std::vector<Track> tracks;
  for (const double x : values) {
    for (const double size : values) {
      for (const State state : {State::kTracked, State::kLost}) {
        tracks.push_back({.id = std::numeric_limits<std::int64_t>::max(),
                          .x = x,
                          .y = -x,
                          .width = size,
                          .height = size,
                          .state = state,
                          .label = std::string(200, '\xff')});
      }
    }
  }
  EXPECT_EQ(painted(painter, 0, tracks).size(), static_cast<std::size_t>(kWidth) * kHeight * 3);
}

}  // namespace
}  // namespace heddle::io
