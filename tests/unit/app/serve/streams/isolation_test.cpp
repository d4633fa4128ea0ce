#include "io/isolated/confinement.h"
#include "io/isolated/decoder_link.h"
#include "io/isolated/forbidden_calls.h"
#include "io/isolated/isolated_decoder.h"
#include "io/network_rule.h"
#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"
#include "tests/unit/io/video/local_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <system_error>

namespace heddle::app::serve {
namespace {

using ::testing::HasSubstr;

std::string clip(const std::string& name) { return HEDDLE_TEST_DATA "/video/" + name; }

std::vector<io::Frame> frames_of(io::Source& source) {
  std::vector<io::Frame> frames;
  while (auto sample = source.next()) frames.push_back(std::get<io::Frame>(std::move(*sample)));
  return frames;
}

std::ptrdiff_t descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

class Isolated : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!io::confinement_absent().empty()) GTEST_SKIP() << io::confinement_absent();
  }
  std::unique_ptr<io::Source> open(const std::string& uri, const std::string& forbidden = "") {
    io::SourceOptions options;
    options.wanted = io::SourceOptions::Wanted::kVideo;
    return io::open_isolated(uri, options, {.program = HEDDLE_PROGRAM, .forbidden = forbidden});
  }
  std::string refusal(const std::string& uri, const std::string& forbidden = "") {
    try {
      const auto source = open(uri, forbidden);
      frames_of(*source);
    } catch (const io::InputError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Isolated, IsNotLedToAPrivateAddress) {
  using io::LocalServer;
  const LocalServer target(io::read_file(clip("plain.mp4")), LocalServer::Manner::kWhole, 2);
  const LocalServer door(target.url("plain.mp4"), LocalServer::Manner::kElsewhere);
  EXPECT_EQ(refusal(door.url("plain.mp4")), "");
  const int asked = target.asked();
  const io::NetworkScope within(
      std::make_shared<const io::NetworkRule>(io::NetworkRule{{{"127.0.0.1"}}}));
  EXPECT_THAT(refusal(door.url("plain.mp4")), HasSubstr("it leads to 127.0.0.2"));
  EXPECT_EQ(target.asked(), asked);
}

TEST_F(Isolated, DecodesEveryClipAsTheProcessItselfDoes) {
  for (const char* name : {"plain.mp4",
                           "gap.mkv",
                           "vfr.mp4",
                           "odd_33x17.mkv",
                           "two_sizes.m2v",
                           "moving.gif",
                           "moving.webm",
                           "moving.ogv",
                           "ten_bits.mp4",
                           "turned_left.mp4",
                           "wide_pixels.mp4"}) {
    const auto apart = open(clip(name));
    const auto here = io::open_source(clip(name));
    EXPECT_EQ(apart->info().format, here->info().format) << name;
    EXPECT_EQ(apart->info().pixel_width, here->info().pixel_width) << name;
    const auto expected = frames_of(*here);
    const auto frames = frames_of(*apart);
    ASSERT_EQ(frames.size(), expected.size()) << name;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(frames[i].bgr, expected[i].bgr) << name << " " << i;
      EXPECT_EQ(frames[i].seconds, expected[i].seconds) << name << " " << i;
      EXPECT_EQ(frames[i].after_gap, expected[i].after_gap) << name << " " << i;
    }
  }
}

TEST_F(Isolated, ForbiddenCallsKillOnlyTheDecoder) {
  ASSERT_EQ(io::forbidden_calls().size(), 8U);
  for (const std::string_view call : io::forbidden_calls()) {
    EXPECT_THAT(refusal(clip("plain.mp4"), std::string(call)),
                HasSubstr("was killed for a forbidden system call"))
        << call;
  }
}

TEST_F(Isolated, TellsErrorsByTheInputsOwnName) {
  const io::ScratchFolder folder;
  const std::string path = folder.write("bad.mp4", std::string(5000, 'x'));
  EXPECT_THAT(refusal(path), HasSubstr(path + " "));
  EXPECT_THAT(refusal(folder / "none.mp4"), HasSubstr("none.mp4: cannot be opened"));
}

TEST_F(Isolated, ReadsTheNetworkInTheServer) {
  io::LocalServer server(io::read_file(clip("gap.mkv")), io::LocalServer::Manner::kWhole);
  const auto source = open(server.url("gap.mkv"));
  EXPECT_EQ(frames_of(*source).size(), 20U);
}

TEST(DecoderLinks, NeverWaitForASideThatReadsNothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  io::DecoderLink ours(ends[0]);
  {
    const io::DecoderLink theirs(ends[1]);
    int sent = 0;
    while (sent < 1'000'000 && ours.send_free_slot()) ++sent;
    EXPECT_GE(sent, static_cast<int>(io::kSlots));
    EXPECT_LT(sent, 1'000'000);
  }
  EXPECT_TRUE(ours.send_free_slot()) << "that a side has gone is for receive() to tell";
}

TEST_F(Isolated, LeaveNoDescriptorBehindWhereThereIsNoneLeft) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const auto before = descriptors();
  for (const rlim_t most : {16, 17, 18}) {  // those above 15 are wanted three times
    const rlimit low{most, limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    EXPECT_THROW(open(clip("plain.mp4")), std::system_error) << most;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(descriptors(), before) << most;
  }
}

/// MPEG-TS tells no length: only the server does.
TEST_F(Isolated, EndsAStreamWithTheFileBehindAnAddress) {
  const std::string ts = io::read_file(clip("plain.ts"));
  for (const auto manner : {io::LocalServer::Manner::kWhole, io::LocalServer::Manner::kNoRanges}) {
    io::LocalServer server(ts, manner);
    StreamServices with = services();
    with.decoder = HEDDLE_PROGRAM;
    const auto stream = start_stream(spec_of("video", server.url("plain.ts")), with);
    finish(*stream);
    EXPECT_EQ(stream->status().state, StreamState::kDone) << stream->status().error;
    EXPECT_EQ(stream->status().reconnects, 0);
    EXPECT_EQ(stream->status().samples, 20);
    EXPECT_EQ(stream->status().dropped, 0);
  }
}

/// With more between pictures and index than anybody's buffer holds.
std::string index_last() {
  std::string mp4 = io::read_file(clip("vfr.mp4"));
  const std::size_t index = mp4.find("moov") - 4;
  EXPECT_GT(index, mp4.find("mdat"));
  return mp4.insert(index, std::string("\0\x08\0\0free", 8) + std::string((8 << 16) - 8, 'x'));
}

TEST_F(Isolated, SeeksBehindAnAddressForAnIndexThatStandsLast) {
  io::LocalServer server(index_last(), io::LocalServer::Manner::kWhole);
  const auto apart = open(server.url("vfr.mp4"));
  const auto here = io::open_source(clip("vfr.mp4"));
  EXPECT_EQ(apart->info().total, here->info().total);
  const auto expected = frames_of(*here);
  const auto frames = frames_of(*apart);
  ASSERT_EQ(frames.size(), expected.size());
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i].bgr, expected[i].bgr) << i;
}

TEST_F(Isolated, SaysWhatAnIndexThatStandsLastNeedsWhereThereAreNoRanges) {
  io::LocalServer server(index_last(), io::LocalServer::Manner::kNoRanges);
  EXPECT_THAT(refusal(server.url("vfr.mp4")), HasSubstr("+faststart"));
}

/// What is whole and no video stays so; what is not there, or broke, may come.
TEST_F(Isolated, EndsAStreamOfWhatWillNeverBeAVideoAndSeeksWhatMayBe) {
  using Manner = io::LocalServer::Manner;
  StreamServices with = services();
  with.decoder = HEDDLE_PROGRAM;
  io::LocalServer index(index_last(), Manner::kNoRanges);
  io::LocalServer text(std::string(5000, 'x'), Manner::kWhole);
  for (const std::string& url : {index.url("vfr.mp4"), text.url("text.mp4")}) {
    const auto stream = start_stream(spec_of("video", url), with);
    wait_for(*stream, "error", 1);
    EXPECT_EQ(events_of(*stream, "error")[0]["code"], "bad_input") << url;
    stream->stop();  // where it is tried again
    finish(*stream);
    EXPECT_EQ(stream->status().state, StreamState::kFailed) << url;
  }
  io::LocalServer missing("", Manner::kMissing);
  io::LocalServer cut(std::string(200000, 'x'), Manner::kCut);
  for (const std::string& url : {missing.url("vfr.mp4"), cut.url("vfr.mp4")}) {
    const auto stream = start_stream(spec_of("video", url), with);
    wait_for(*stream, "error", 1);
    EXPECT_EQ(events_of(*stream, "error")[0]["code"], "connection_failed") << url;
    stream->stop();
    finish(*stream);
  }
}

TEST_F(Isolated, TellsAConnectionThatBroke) {
  io::LocalServer server(io::read_file(clip("plain.ts")), io::LocalServer::Manner::kCut);
  EXPECT_THAT(refusal(server.url("plain.ts")), HasSubstr("broke"));
}

/// What the server makes of a decoder that lies in one field (lying_decoder.cpp).
class Lying : public Isolated {
 protected:
  static std::unique_ptr<io::Source> told(const std::string& lie) {
    return io::open_isolated(
        clip("plain.mp4"), {}, {.program = HEDDLE_LYING_DECODER, .command = lie});
  }
  static std::string end_of(const std::string& lie) {
    try {
      frames_of(*told(lie));
    } catch (const io::InputError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Lying, TellsTheTruthOtherwise) {
  const auto source = told("nothing");
  EXPECT_EQ(source->info().total, 2);
  EXPECT_EQ(frames_of(*source).size(), 2U);
}

TEST_F(Lying, NumbersEndIt) {
  for (const char* lie : {"number-huge", "number-again", "number-negative"}) {
    EXPECT_THAT(end_of(lie), HasSubstr("told a number that cannot be")) << lie;
  }
}

TEST_F(Lying, TimesEndIt) {
  for (const char* lie : {"seconds-nan", "seconds-infinite", "seconds-late"}) {
    EXPECT_THAT(end_of(lie), HasSubstr("told a time that cannot be")) << lie;
  }
}

TEST_F(Lying, SizesAndPlacesEndIt) {
  EXPECT_THAT(end_of("width"), HasSubstr("told a size that cannot be"));
  EXPECT_THAT(end_of("slot"), HasSubstr("told a place that cannot be"));
}

TEST_F(Lying, TotalsAreBounded) {
  EXPECT_EQ(told("total-huge")->info().total, 1'000'000'000'000);
  EXPECT_EQ(told("total-negative")->info().total, -1);
}

TEST_F(Lying, PixelShapesAreBounded) {
  const auto source = told("pixels");
  EXPECT_EQ(source->info().pixel_width, 10'000);
  EXPECT_EQ(source->info().pixel_height, 1);
}

TEST_F(Lying, RatesAreFinite) { EXPECT_EQ(told("rate-nan")->info().frames_per_second, 0); }

TEST_F(Isolated, ServesAStream) {
  StreamServices with = services();
  with.decoder = HEDDLE_PROGRAM;
  const auto stream = start_stream(spec_of("video", clip("gap.mkv")), with);
  finish(*stream);
  EXPECT_EQ(stream->status().samples, 20);
  const auto here = start_stream(spec_of("video", clip("gap.mkv")), services());
  finish(*here);
  EXPECT_EQ(events_of(*stream, "tracks"), events_of(*here, "tracks"));
  EXPECT_EQ(events_of(*stream, "gap"), events_of(*here, "gap"));
}

TEST_F(Isolated, LeavesNoProcessAndNoDescriptorBehind) {
  open(clip("plain.mp4"));
  const auto before = descriptors();
  for (int i = 0; i < 3; ++i) open(clip("plain.mp4"))->next();
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace heddle::app::serve
