// Video from addresses. The only network is the loopback.

#include "clips.h"
#include "io/formats/ffmpeg_address.h"
#include "local_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

namespace heddle::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Manner = LocalServer::Manner;

class HttpVideo : public testing::TestWithParam<const char*> {};

TEST_P(HttpVideo, HasTheFramesOfTheFile) {
  const Reading file = read_video(clip(GetParam()));
  const LocalServer server(bytes_of(clip(GetParam())), Manner::kWhole);
  const Reading read = read_video(server.url(GetParam()));
  EXPECT_EQ(read.error, "");
  ASSERT_EQ(read.frames.size(), file.frames.size());
  for (std::size_t i = 0; i < file.frames.size(); ++i) {
    EXPECT_EQ(read.frames[i].bgr, file.frames[i].bgr) << "frame " << i;
    EXPECT_EQ(read.frames[i].seconds, file.frames[i].seconds);
  }
  EXPECT_FALSE(read.info.live);
}

// An mp4 has its index at its end: it is sought in.
INSTANTIATE_TEST_SUITE_P(Containers,
                         HttpVideo,
                         testing::Values("plain.mp4", "gray.mkv"),
                         [](const auto& one) { return test_name(one.param); });

TEST(Address, ThatIsNotThereSaysSo) {
  const LocalServer server("", Manner::kMissing);
  EXPECT_THAT(read_video(server.url("x.mp4")).error,
              AllOf(HasSubstr("x.mp4: cannot be opened"), HasSubstr("404")));
}

TEST(Address, CutShortIsDamageAtTheEnd) {
  const LocalServer server(bytes_of(clip("gray.mkv")), Manner::kCut);
  EXPECT_THAT(read_video(server.url("gray.mkv")).error, HasSubstr("damaged or cut short"));
}

TEST(Address, OfSomethingElseIsNoVideo) {
  const LocalServer server("<!DOCTYPE html><html>hello</html>", Manner::kWhole);
  EXPECT_THAT(read_video(server.url("page")).error, HasSubstr("not a video that can be read"));
}

TEST(Address, OfAPlaylistOpensNothingElse) {
  const LocalServer server("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
                           Manner::kWhole);
  EXPECT_THAT(read_video(server.url("live.m3u8")).error, HasSubstr("not a video that can be read"));
}

TEST(Address, ThatStaysSilentIsGivenUpAtOnceWhenTheRunStops) {
  const LocalServer server("", Manner::kSilent);
  int stop[2];
  ASSERT_EQ(::pipe(stop), 0);
  ASSERT_EQ(::write(stop[1], "x", 1), 1);
  const auto start = std::chrono::steady_clock::now();
  const Reading read = read_video(server.url("x.mp4"), {.stop_descriptor = stop[0]});
  EXPECT_THAT(read.error, HasSubstr("interrupted while waiting for http://127.0.0.1"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(kSilenceSeconds) / 2);
  ::close(stop[0]);
  ::close(stop[1]);
}

TEST(Address, NamesNoPasswordAndWhatCouldBeOpened) {
  const std::string error = read_video("ftp://me:secret@host/x.mp4").error;
  EXPECT_THAT(error,
              AllOf(HasSubstr("ftp://***@host/x.mp4: ftp:// is not read"),
                    HasSubstr("http, https and rtsp"),
                    Not(HasSubstr("secret"))));
}

TEST(Address, OfACameraThatIsNotThereSaysWhichAre) {
  const std::string error = read_video("device:987").error;
  EXPECT_THAT(error, HasSubstr("device:987: there is no such camera; th"));
  EXPECT_THAT(read_video("device:front").error, HasSubstr("cameras are named device:NUMBER"));
}

TEST(Address, OfACameraFindsFfmpegsDeviceLibrary) { EXPECT_EQ(cameras_absent(), ""); }

TEST(Address, IsLiveForCamerasAndRtsp) {
  EXPECT_TRUE(is_live("device:0"));
  EXPECT_TRUE(is_live("rtsp://camera/1"));
  EXPECT_FALSE(is_live("http://host/clip.mp4"));
  EXPECT_FALSE(is_live("clip.mp4"));
}

}  // namespace
}  // namespace heddle::io
