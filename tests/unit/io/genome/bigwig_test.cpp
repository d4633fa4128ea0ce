// bigWig by its definition, and what it refuses; bigwig_read_test.cpp reads it back.

#include "io/formats/bigwig.h"

#include "io/error.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>

namespace heddle::io {
namespace {

using ::testing::HasSubstr;

std::string why_not(const std::string& path, std::int64_t length) {
  try {
    const auto sink = open_sink("bw", path, {});
    std::vector<Record> records{SequenceStart{"chr", -1}, SequenceEnd{"chr", length}};
    sink->write(Sequence{}, records);
    sink->close();
  } catch (const OutputError& error) {
    return error.what();
  }
  return "";
}

TEST(Bigwig, AbsenceSaysWhatToInstall) {
  if (bigwig_absent().empty()) GTEST_SKIP() << "this build has it";
  EXPECT_THAT(bigwig_absent(), HasSubstr("libbigwig-dev"));
  const ScratchFolder folder;
  EXPECT_THAT(why_not(folder / "a.bw", 10), HasSubstr("libbigwig-dev"));
}

TEST(Bigwig, BeginsAndEndsWithItsMagicNumber) {
  if (!bigwig_absent().empty()) GTEST_SKIP() << bigwig_absent();
  const ScratchFolder folder;
  ASSERT_EQ(why_not(folder / "a.bw", 100), "");
  const std::string bytes = read_file(folder / "a.bw");
  const std::uint32_t magic = 0x888FFC26;
  ASSERT_GT(bytes.size(), 64U);
  EXPECT_EQ(std::memcmp(bytes.data(), &magic, 4), 0);
  EXPECT_EQ(std::memcmp(bytes.data() + bytes.size() - 4, &magic, 4), 0);
}

/// While it lives, files of this process cannot grow beyond `bytes`.
class FilesUpTo {
 public:
  explicit FilesUpTo(std::size_t bytes) {
    if (::getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("getrlimit");
    const rlimit small{bytes, before_.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) throw std::runtime_error("setrlimit");
  }
  ~FilesUpTo() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, old_);
  }
  FilesUpTo(const FilesUpTo&) = delete;
  FilesUpTo& operator=(const FilesUpTo&) = delete;

 private:
  rlimit before_{};
  void (*old_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST(Bigwig, OneThatCouldNotBeCompletedNeverTakesItsName) {
  if (!bigwig_absent().empty()) GTEST_SKIP() << bigwig_absent();
  const ScratchFolder folder;
  ASSERT_EQ(why_not(folder / "whole.bw", 100), "");
  const std::size_t size = std::filesystem::file_size(folder / "whole.bw");
  std::string error;
  {
    const FilesUpTo limit(size - 4);  // room for all but what is written last
    error = why_not(folder / "cut.bw", 100);
  }
  EXPECT_THAT(error, HasSubstr("cut.bw"));
  EXPECT_THAT(error, HasSubstr("could not complete"));
  EXPECT_FALSE(std::filesystem::exists(folder / "cut.bw"));
}

std::string interrupted(const std::vector<Record>& records) {
  const ScratchFolder folder;
  const auto sink = open_sink("bw", folder / "a.bw", {});
  sink->write(Sequence{}, records);
  sink->close_partial();
  EXPECT_FALSE(std::filesystem::exists(folder / "a.bw"));
  const std::string partial = folder / "a.bw.partial";
  return std::filesystem::exists(partial) ? read_file(partial) : "no file";
}

TEST(Bigwig, AnInterruptionBeforeAnyLengthIsKnownIsNoError) {
  if (!bigwig_absent().empty()) GTEST_SKIP() << bigwig_absent();
  EXPECT_EQ(interrupted({}), "no file");
  EXPECT_EQ(interrupted({SequenceStart{"chr", -1}}), "no file");
}

TEST(Bigwig, AnInterruptionBeforeTheFirstFeatureNamesTheSequencesBegun) {
  if (!bigwig_absent().empty()) GTEST_SKIP() << bigwig_absent();
  EXPECT_THAT(interrupted({SequenceStart{"chr", 100}}), HasSubstr("chr"));
}

TEST(Bigwig, GoesToDevicesAsOtherFormatsDo) {
  if (!bigwig_absent().empty()) GTEST_SKIP() << bigwig_absent();
  EXPECT_EQ(why_not("/dev/null", 100), "");
  EXPECT_THAT(why_not("/dev/full", 100), HasSubstr("/dev/full"));
}

TEST(Bigwig, SequencesBeyondItsPositionsAreRefused) {
  if (!bigwig_absent().empty()) GTEST_SKIP() << bigwig_absent();
  const ScratchFolder folder;
  EXPECT_THAT(why_not(folder / "a.bw", std::int64_t{1} << 33), HasSubstr("2^32"));
}

}  // namespace
}  // namespace heddle::io
