// What all sinks of a video run promise.

#include "clips.h"
#include "io/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace heddle::io {
namespace {

Track track(std::int64_t frame, std::int64_t id, Track::State state) {
  return {.frame = frame, .id = id, .x = 10, .y = 5, .width = 20, .height = 30, .state = state};
}

using State = Track::State;

class EverySink : public testing::TestWithParam<std::string> {
 protected:
  static SinkOptions options() {
    SinkOptions options;
    options.input = {.video = true, .width = 64, .height = 48, .frames_per_second = 10};
    return options;
  }
  static Frame frame() {
    return {.width = 64, .height = 48, .bgr = std::vector<std::uint8_t>(64 * 48 * 3)};
  }
};

TEST_P(EverySink, LeavesAPartialFileAndTheOlderOneWhenNotClosed) {
  const TemporaryFolder folder;
  const std::string path = folder.write("out", "older");
  {
    const auto sink = open_sink(GetParam(), path, options());
    sink->write(frame(), std::vector<Record>{track(0, 1, State::kNew)});
  }
  EXPECT_EQ(bytes_of(path), "older");
  EXPECT_GT(std::filesystem::file_size(path + ".partial"), 0u);
}

TEST_P(EverySink, AppearsUnderItsNameOnlyWhenClosed) {
  const TemporaryFolder folder;
  const std::string path = folder.write("out", "older");
  const auto sink = open_sink(GetParam(), path, options());
  sink->write(frame(), std::vector<Record>{track(0, 1, State::kNew)});
  EXPECT_EQ(bytes_of(path), "older");
  sink->close();
  EXPECT_NE(bytes_of(path), "older");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST_P(EverySink, ClosedEarlyKeepsItsPartialName) {
  const TemporaryFolder folder;
  const auto sink = open_sink(GetParam(), folder / "out", options());
  sink->write(frame(), std::vector<Record>{track(0, 1, State::kNew)});
  sink->close_partial();
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  EXPECT_GT(std::filesystem::file_size(folder / "out.partial"), 0u);
}

TEST_P(EverySink, NamesTheFolderThatIsMissing) {
  const TemporaryFolder folder;
  const std::string path = folder / "missing/out";
  try {
    open_sink(GetParam(), path, options());
    FAIL() << "opened";
  } catch (const OutputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(path));
  }
}

TEST_P(EverySink, RefusesAFolderItMayNotWriteIn) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may write everywhere";
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "locked");
  ::chmod((folder / "locked").c_str(), 0500);
  EXPECT_THROW(open_sink(GetParam(), folder / "locked/out", options()), OutputError);
}

TEST_P(EverySink, SaysWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THROW(
      {
        const auto sink = open_sink(GetParam(), "/dev/full", options());
        for (int i = 0; i < 40; ++i) {
          Frame next = frame();
          next.seconds = i * 0.1;
          sink->write(next, std::vector<Record>{track(i, 1, State::kNew)});
        }
        sink->close();
      },
      OutputError);
}

INSTANTIATE_TEST_SUITE_P(All,
                         EverySink,
                         testing::Values("mot", "jsonl", "csv", "coco", "html", "mp4"));

}  // namespace
}  // namespace heddle::io
