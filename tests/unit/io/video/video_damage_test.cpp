#include "clips.h"
#include "io/format.h"
#include "io/formats/ffmpeg_source.h"
#include "io/interrupted_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace heddle::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string cut(const std::string& file, double share) {
  const std::string bytes = bytes_of(clip(file));
  return bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * share));
}

class EveryContainer : public testing::TestWithParam<std::string> {};

TEST_P(EveryContainer, CutShortGivesItsWholeFramesAndThenAnError) {
  const TemporaryFolder folder;
  const std::string path = folder.write("cut", cut(GetParam(), 0.95));
  const std::size_t whole = read_video(clip(GetParam())).frames.size();
  const Reading reading = read_video(path);
  EXPECT_THAT(reading.error, AllOf(HasSubstr(path), HasSubstr("damaged or cut short")));
  EXPECT_GT(reading.frames.size(), 0u);
  EXPECT_LE(reading.frames.size(), whole);
}

INSTANTIATE_TEST_SUITE_P(All,
                         EveryContainer,
                         testing::Values("plain.mp4",
                                         "gap.mkv",
                                         "moving.gif",
                                         "moving.ogv",
                                         "moving.webm",
                                         "two_sizes.m2v"),
                         [](const auto& made) { return test_name(made.param); });

TEST(VideoDamage, EveryPrefixOfAnMp4IsAnErrorAndNeverACrash) {
  const TemporaryFolder folder;
  const std::string bytes = bytes_of(clip("one_frame.mp4"));
  for (std::size_t length = 0; length < bytes.size(); length += 41) {
    const Reading reading = read_video(folder.write("prefix.mp4", bytes.substr(0, length)));
    EXPECT_NE(reading.error, "") << "a prefix of " << length << " bytes passed as whole";
  }
}

// The picture data lies behind the index here; from byte 2000 on it is overwritten.
std::string overwritten_plain() {
  std::string bytes = bytes_of(clip("plain.mp4"));
  for (std::size_t i = 3000; i < bytes.size(); i += 151) bytes[i] = static_cast<char>(~bytes[i]);
  return bytes;
}

TEST(VideoDamage, CorruptBytesAreCountedAndTheFrameBehindIsMarked) {
  const TemporaryFolder folder;
  const std::string path = folder.write("corrupt.mp4", overwritten_plain());
  const Reading reading = read_video(path);
  EXPECT_THAT(reading.error,
              AllOf(HasSubstr(path),
                    HasSubstr("faults, the first near frame"),
                    HasSubstr(std::to_string(reading.frames.size()) + " frames could be read")));
  EXPECT_TRUE(std::any_of(reading.frames.begin(), reading.frames.end(), [](const Frame& frame) {
    return frame.after_gap;
  }));
}

TEST(VideoDamage, AStopIsHeardWhileWhatCameBeforeItIsDecodedAgain) {
  const TemporaryFolder folder;
  std::string bytes = bytes_of(clip("plain.mp4"));
  for (std::size_t i = bytes.size() / 2; i < bytes.size(); i += 151) {
    bytes[i] = static_cast<char>(~bytes[i]);
  }
  const std::string path = folder.write("corrupt.mp4", bytes);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto source = open_source(path, {.threads = 2, .stop_descriptor = ends[0]});
  ASSERT_TRUE(source->next());
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_THROW(while (source->next()){}, InterruptedError);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(VideoDamage, LeavesTheSameFramesWithTwoThreads) {
  const TemporaryFolder folder;
  const std::string path = folder.write("corrupt.mp4", overwritten_plain());
  const Reading one = read_video(path);
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Reading two = read_video(path, {.threads = 2});
    EXPECT_EQ(one.error, two.error);
    ASSERT_EQ(one.frames.size(), two.frames.size());
    for (std::size_t i = 0; i < one.frames.size(); ++i) {
      EXPECT_EQ(one.frames[i].bgr, two.frames[i].bgr) << "frame " << i;
      EXPECT_EQ(one.frames[i].after_gap, two.frames[i].after_gap) << "frame " << i;
    }
  }
}

TEST(VideoDamage, AudioAloneIsRefusedByNamingTheStreams) {
  EXPECT_THAT(
      read_video(clip("audio_only.m4a")).error,
      AllOf(HasSubstr("audio_only.m4a"), HasSubstr("no video stream; it holds audio (aac)")));
}

TEST(VideoDamage, ACoverPictureIsNotAVideo) {
  EXPECT_THAT(read_video(clip("audio_with_cover.m4a")).error,
              HasSubstr("no video stream; it holds audio (aac), cover picture (png)"));
}

TEST(VideoDamage, EmptyMissingAndForeignFilesAreNamed) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_video(folder.write("empty.mp4", "")).error,
              AllOf(HasSubstr("empty.mp4"), HasSubstr("is empty")));
  EXPECT_THAT(read_video(folder / "missing.mp4").error,
              AllOf(HasSubstr("missing.mp4"), HasSubstr("No such file")));
  EXPECT_THAT(read_video(folder.write("text.mp4", std::string(500, 'x'))).error,
              AllOf(HasSubstr("text.mp4"), HasSubstr("accepted are")));
}

TEST(VideoDamage, AnMp4WithoutItsIndexWasNotFinished) {
  const TemporaryFolder folder;
  const std::string whole = bytes_of(clip("vfr.mp4"));
  const std::size_t index = whole.find("moov");
  ASSERT_GT(index, whole.find("mdat"));
  EXPECT_THAT(read_video(folder.write("x.mp4", whole.substr(0, index - 4))).error,
              AllOf(HasSubstr("x.mp4"), HasSubstr("not finished"), HasSubstr("moov")));
}

TEST(VideoDamage, PicturesAboveTheLimitAreRefusedWithBothNumbers) {
  EXPECT_THAT(read_video(clip("plain.mp4"), {.max_pixels = 64 * 48 - 1}).error,
              AllOf(HasSubstr("64x48"), HasSubstr("3071 pixels")));
  EXPECT_EQ(read_video(clip("plain.mp4"), {.max_pixels = 64 * 48}).error, "");
}

TEST(VideoDamage, AStreamThatGrowsAboveTheLimitIsAnError) {
  const Reading reading = read_video(clip("two_sizes.m2v"), {.max_pixels = 64 * 48});
  EXPECT_THAT(reading.error, HasSubstr("damaged or cut short"));
  EXPECT_LE(reading.frames.size(), 6u);
}

struct Playlist {
  std::string name, text;
};
void PrintTo(const Playlist& playlist, std::ostream* out) { *out << playlist.name; }

class EveryPlaylist : public testing::TestWithParam<Playlist> {};

// A text file must not make us open the files or addresses that it names.
TEST_P(EveryPlaylist, IsRefused) {
  const TemporaryFolder folder;
  std::string text = GetParam().text;
  text.replace(text.find('%'), 1, clip("plain.mp4"));
  auto input = PeekedInput::open(folder.write("list.mp4", text));
  EXPECT_THROW(open_ffmpeg(std::move(input), {}), InputError);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    EveryPlaylist,
    testing::Values(
        Playlist{"concat", "ffconcat version 1.0\nfile %\n"},
        Playlist{"hls", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n%\n#EXT-X-ENDLIST\n"},
        Playlist{"dash",
                 "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">%</MPD>"},
        Playlist{"sdp", "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=%\r\nm=video 1234 RTP/AVP 96\r\n"}),
    [](const auto& made) { return made.param.name; });

}  // namespace
}  // namespace heddle::io
