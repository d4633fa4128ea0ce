// A disk that does not give its bytes, made by standing in front of read(2): htslib calls ours.

#include "io/read_error.h"

#include "io/source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <random>
#include <string>

namespace {

std::atomic<bool> broken = false;

}  // namespace

extern "C" __attribute__((visibility("default"))) ssize_t read(int descriptor,
                                                               void* to,
                                                               size_t count) {
  if (!broken) return ::syscall(SYS_read, descriptor, to, count);
  errno = EIO;
  return -1;
}

namespace heddle::io {
namespace {

class BrokenDisk : public ::testing::TestWithParam<bool> {
 protected:
  void TearDown() override { broken = false; }
};

/// Far longer than what is read at once.
std::string long_sam() {
  std::mt19937 random(1);
  std::string text = "@HD\tVN:1.6\n";
  for (int i = 0; i < 4000; ++i) {
    text += "r" + std::to_string(i) + "\t4\t*\t0\t0\t*\t*\t0\t0\t";
    for (int base = 0; base < 300; ++base) text += "ACGT"[random() % 4];
    text += "\t*\n";
  }
  return text;
}

TEST_P(BrokenDisk, IsNoDamageOfTheFile) {
  const ScratchFolder folder;
  const std::string text = long_sam();
  const std::string file = folder.write("reads.sam", GetParam() ? bgzf(text, 60000) : text);
  const auto source = open_source(file, {});
  broken = true;
  const std::string message = message_of<ReadError>([&] {
    while (source->next()) {
    }
  });
  EXPECT_THAT(message, ::testing::HasSubstr("reads.sam: cannot be read behind record"));
  EXPECT_THAT(message, ::testing::HasSubstr("Input/output error"));
}

INSTANTIATE_TEST_SUITE_P(PlainAndPacked, BrokenDisk, ::testing::Bool());

}  // namespace
}  // namespace heddle::io
