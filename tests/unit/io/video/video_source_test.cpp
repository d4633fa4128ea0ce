#include "clips.h"
#include "io/format.h"
#include "io/formats/ffmpeg_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace heddle::io {
namespace {

struct Clip {
  std::string file;
  std::string format;
  int width, height;
  std::size_t frames;
  double last_seconds;
};
void PrintTo(const Clip& clip, std::ostream* out) { *out << clip.file; }

class EveryClip : public testing::TestWithParam<Clip> {};

TEST_P(EveryClip, IsReadWholeWithItsSizeAndTimes) {
  const Clip& expected = GetParam();
  const Reading reading = read_video(clip(expected.file));
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.info.format, expected.format);
  EXPECT_TRUE(reading.info.video);
  EXPECT_EQ(reading.info.width, expected.width);
  EXPECT_EQ(reading.info.height, expected.height);
  ASSERT_EQ(reading.frames.size(), expected.frames);
  for (std::size_t i = 0; i < reading.frames.size(); ++i) {
    const Frame& frame = reading.frames[i];
    EXPECT_EQ(frame.number, static_cast<std::int64_t>(i));
    EXPECT_EQ(frame.width, expected.width);
    EXPECT_EQ(frame.height, expected.height);
    EXPECT_EQ(frame.bgr.size(), static_cast<std::size_t>(expected.width) * expected.height * 3);
    EXPECT_EQ(frame.stream, clip(expected.file));
    if (i > 0) {
      EXPECT_GT(frame.seconds, reading.frames[i - 1].seconds);
    }
  }
  EXPECT_EQ(reading.frames.front().seconds, 0);
  EXPECT_NEAR(reading.frames.back().seconds, expected.last_seconds, 1e-3);
}

TEST_P(EveryClip, GivesTheSameFramesWithTwoThreads) {
  const Reading one = read_video(clip(GetParam().file));
  const Reading two = read_video(clip(GetParam().file), {.threads = 2});
  ASSERT_EQ(one.frames.size(), two.frames.size());
  for (std::size_t i = 0; i < one.frames.size(); ++i) {
    EXPECT_EQ(one.frames[i].bgr, two.frames[i].bgr) << "frame " << i;
    EXPECT_EQ(one.frames[i].seconds, two.frames[i].seconds);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All,
    EveryClip,
    testing::Values(
        Clip{"plain.mp4", "mp4: h264 64x48 yuv420p 10 fps", 64, 48, 20, 1.9},
        Clip{"one_frame.mp4", "mp4: h264 64x48 yuv420p 10 fps", 64, 48, 1, 0},
        Clip{"turned_right.mp4",
             "mp4: h264 64x48 yuv420p 10 fps, turned upright to 48x64",
             48,
             64,
             5,
             0.4},
        Clip{"turned_over.mp4",
             "mp4: h264 64x48 yuv420p 10 fps, turned upright to 64x48",
             64,
             48,
             5,
             0.4},
        Clip{"vfr.mp4", "mp4: h264 64x48 yuv420p 4.09091 fps", 64, 48, 9, 1.8},
        Clip{"gap.mkv", "matroska: h264 64x48 yuv420p 10 fps", 64, 48, 20, 4.9},
        Clip{"odd_33x17.mkv", "matroska: ffv1 33x17 yuv444p 10 fps", 33, 17, 3, 0.2},
        Clip{"gray.mkv", "matroska: ffv1 64x48 gray 10 fps", 64, 48, 3, 0.2},
        Clip{"ten_bits.mp4", "mp4: h264 64x48 yuv420p10le 10 fps", 64, 48, 3, 0.2},
        Clip{"yuv444.mp4", "mp4: h264 64x48 yuv444p 10 fps", 64, 48, 3, 0.2},
        Clip{"wide_pixels.mp4",
             "mp4: h264 64x48 yuv420p 10 fps, pixel aspect 16:9 kept as stored",
             64,
             48,
             5,
             0.4},
        Clip{"two_sizes.m2v", "mpegvideo: mpeg2video 64x48 yuv420p 10 fps", 64, 48, 11, 1.107},
        Clip{"moving.gif", "gif: gif 64x48 bgra 10 fps", 64, 48, 4, 0.3},
        Clip{"moving.ogv", "ogg: theora 64x48 yuv420p 10 fps", 64, 48, 8, 0.7},
        Clip{"moving.webm", "matroska: vp8 64x48 yuv420p 10 fps", 64, 48, 20, 1.9}),
    [](const auto& made) { return test_name(made.param.file); });

struct Corner {
  std::string file;
  bool right, bottom;  // where the red corner is in the upright picture
};
void PrintTo(const Corner& corner, std::ostream* out) { *out << corner.file; }

class EveryRotationTag : public testing::TestWithParam<Corner> {};

// The stored picture has its upper left quarter red.
TEST_P(EveryRotationTag, TurnsThePictureUpright) {
  const Reading reading = read_video(clip(GetParam().file));
  ASSERT_FALSE(reading.frames.empty());
  const Frame& frame = reading.frames.front();
  for (const bool right : {false, true}) {
    for (const bool bottom : {false, true}) {
      const auto color =
          color_at(frame, frame.width * (right ? 3 : 1) / 4, frame.height * (bottom ? 3 : 1) / 4);
      const bool red = right == GetParam().right && bottom == GetParam().bottom;
      EXPECT_GT(color[red ? 2 : 0], 200) << right << bottom;
      EXPECT_LT(color[red ? 0 : 2], 50) << right << bottom;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         EveryRotationTag,
                         testing::Values(Corner{"turned_right.mp4", true, false},
                                         Corner{"turned_over.mp4", true, true},
                                         Corner{"turned_left.mp4", false, true}),
                         [](const auto& made) { return test_name(made.param.file); });

class EveryRangeAndMatrix : public testing::TestWithParam<std::string> {};

TEST_P(EveryRangeAndMatrix, GivesTheSameColor) {
  const Reading reading = read_video(clip("flat_" + GetParam() + ".mp4"));
  ASSERT_FALSE(reading.frames.empty());
  const auto color = color_at(reading.frames.front(), 16, 16);
  EXPECT_NEAR(color[0], 50, 4);  // 0xC83232
  EXPECT_NEAR(color[1], 50, 4);
  EXPECT_NEAR(color[2], 200, 4);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    EveryRangeAndMatrix,
    testing::Values("full_bt601", "full_bt709", "limited_bt601", "limited_bt709"));

TEST(VideoSource, KeepsTheStampsOfAVariableFrameRate) {
  std::vector<double> seconds;
  for (const Frame& frame : read_video(clip("vfr.mp4")).frames) seconds.push_back(frame.seconds);
  const std::vector<double> stored{0, 0.3, 0.6, 0.7, 0.9, 1.2, 1.5, 1.6, 1.8};
  EXPECT_THAT(seconds, testing::Pointwise(testing::DoubleNear(1e-3), stored));
}

TEST(VideoSource, MarksTheFrameAfterAJumpInTime) {
  const Reading reading = read_video(clip("gap.mkv"));
  ASSERT_EQ(reading.frames.size(), 20u);
  for (const Frame& frame : reading.frames) EXPECT_EQ(frame.after_gap, frame.number == 10);
}

TEST(VideoSource, CountsItsPositionInFramesOfTheTotal) {
  const auto source = open_source(clip("plain.mp4"));
  EXPECT_EQ(source->info().total, 20);
  EXPECT_EQ(source->info().frames_per_second, 10);
  EXPECT_EQ(source->position(), 0);
  source->next();
  EXPECT_EQ(source->position(), 1);
}

TEST(VideoSource, GoesOnSayingTheEndAfterTheEnd) {
  const auto source = open_source(clip("one_frame.mp4"));
  EXPECT_TRUE(source->next());
  EXPECT_FALSE(source->next());
  EXPECT_FALSE(source->next());
}

// Standard input replaced for the time of a test.
class StandardInput {
 public:
  explicit StandardInput(int descriptor) : saved_(::dup(STDIN_FILENO)) {
    ::dup2(descriptor, STDIN_FILENO);
    ::close(descriptor);
  }
  ~StandardInput() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

TEST(VideoSource, ReadsStandardInputFromAPipeLikeTheFile) {
  const std::string bytes = bytes_of(clip("plain.mp4"));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const StandardInput input(ends[0]);
  std::thread writer([&] {
    for (std::size_t at = 0; at < bytes.size();) {  // in small pieces, as pipes may deliver
      const ssize_t put =
          ::write(ends[1], bytes.data() + at, std::min<std::size_t>(777, bytes.size() - at));
      if (put <= 0) break;
      at += static_cast<std::size_t>(put);
    }
    ::close(ends[1]);
  });
  const Reading piped = read_video("-", {.threads = 2});
  writer.join();
  const Reading file = read_video(clip("plain.mp4"));
  EXPECT_EQ(piped.error, "");
  ASSERT_EQ(piped.frames.size(), file.frames.size());
  for (std::size_t i = 0; i < file.frames.size(); ++i) {
    EXPECT_EQ(piped.frames[i].bgr, file.frames[i].bgr);
  }
}

TEST(VideoSource, ReadsAFileRedirectedToStandardInputWithItsIndexAtTheEnd) {
  const StandardInput input(::open(clip("vfr.mp4").c_str(), O_RDONLY));
  const Reading reading = read_video("-");
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.frames.size(), 9u);
}

TEST(VideoSource, RecognisesVideoByContentAndNothingElse) {
  const std::string video = bytes_of(clip("plain.mp4"));
  EXPECT_TRUE(looks_like_video({video, video}));
  for (const std::string text : {">chr1\nACGTACGT\n", "@r1\nACGT\n+\nIIII\n", "\x1f\x8b\x08", ""}) {
    EXPECT_FALSE(looks_like_video({text, text})) << text;
  }
}

}  // namespace
}  // namespace heddle::io
