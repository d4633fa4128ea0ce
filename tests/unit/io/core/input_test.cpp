#include "io/address.h"
#include "io/gzip_input.h"
#include "io/peeked_input.h"
#include "io/read_error.h"
#include "tests/unit/io/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

namespace heddle::io {
namespace {

using ::testing::HasSubstr;

std::string read_everything(ByteSource& source, std::size_t step) {
  std::string text;
  std::vector<std::uint8_t> buffer(step);
  while (const std::size_t got = source.read(buffer)) {
    text.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return text;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * i + i / 251) & 0xff);
  return text;
}

class InputSize : public ::testing::TestWithParam<std::size_t> {};

TEST_P(InputSize, PeekingLosesNothingOfAFile) {
  const ScratchFolder folder;
  const std::string text = pattern(GetParam());
  const auto input = PeekedInput::open(folder.write("x", text));
  EXPECT_EQ(input->head().size(), std::min(text.size(), PeekedInput::kHeadBytes));
  EXPECT_EQ(read_everything(*input, 1000), text);
  EXPECT_EQ(input->position(), static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(input->size(), static_cast<std::int64_t>(text.size()));
}

TEST_P(InputSize, PeekingLosesNothingOfAPipe) {
  const ScratchFolder folder;
  const std::string text = pattern(GetParam());
  const std::string path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path, std::ios::binary) << text; });
  const auto input = PeekedInput::open(path);
  EXPECT_EQ(read_everything(*input, 77), text);
  writer.join();
  EXPECT_FALSE(input->seekable());
  EXPECT_EQ(input->size(), -1);
}

INSTANTIATE_TEST_SUITE_P(Sizes, InputSize, ::testing::Values(0, 1, 65535, 65536, 65537, 300000));

TEST(PeekedInput, SeeksInsideAndBehindItsHead) {
  const ScratchFolder folder;
  const std::string text = pattern(200000);
  const auto input = PeekedInput::open(folder.write("x", text));
  for (const std::size_t at : {150000, 10, 65536, 65530, 0}) {
    input->seek(static_cast<std::int64_t>(at));
    EXPECT_EQ(read_everything(*input, 4096), text.substr(at));
  }
}

TEST(PeekedInput, SaysWhatIsWrongWithAPath) {
  const ScratchFolder folder;
  const auto message = [](const std::string& path) {
    return message_of<InputError>([&] { PeekedInput::open(path); });
  };
  EXPECT_THAT(message(folder / "none"), HasSubstr("No such file"));
  EXPECT_THAT(message(folder / "."), HasSubstr("is a folder"));
}

struct Address {
  std::string given, told;
};

class NetworkAddress : public ::testing::TestWithParam<Address> {};

TEST_P(NetworkAddress, IsRefusedWithoutItsPassword) {
  const std::string message = message_of<InputError>([] { PeekedInput::open(GetParam().given); });
  EXPECT_TRUE(message.starts_with(GetParam().told + ": network addresses are not read")) << message;
  EXPECT_THAT(message, ::testing::Not(HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    NetworkAddress,
    ::testing::Values(Address{"https://a.invalid/x.fa", "https://a.invalid/x.fa"},
                      Address{"rtsp://user:secret@camera:554/1", "rtsp://***@camera:554/1"},
                      Address{"rtsp://user:secret/a@b?c#d@camera/1", "rtsp://***@camera/1"},
                      Address{"srt://secret@host", "srt://***@host"},
                      Address{"rtmp://" + std::string(300, 'a') + ":secret@host",
                              "rtmp://***@host"}));

TEST(WithoutPassword, LeavesNamesOfFilesAlone) {
  EXPECT_EQ(without_password("mail@home/reads.fa"), "mail@home/reads.fa");
  EXPECT_EQ(without_password("http://a:b@c/d.mp4"), "http://***@c/d.mp4");
}

TEST(PeekedInput, TellsASystemThatWillNotReadFromAnInputThatIsWrong) {
  // Nothing is mapped at its first byte, so that reading there is an input/output error.
  EXPECT_THROW(PeekedInput::open("/proc/self/mem"), ReadError);
}

TEST(PeekedInput, SaysThatAFileMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const ScratchFolder folder;
  const std::string locked = folder.write("locked", "x");
  ::chmod(locked.c_str(), 0);
  EXPECT_THAT(message_of<InputError>([&] { PeekedInput::open(locked); }),
              HasSubstr("Permission denied"));
}

// A named pipe that stays open for writing and never ends, and a stop.
class StoppedInput : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    ASSERT_GE(stop_, 0);
  }
  void TearDown() override { ::close(stop_); }

  /// The error of `call`, which waits until the stop is raised from another thread.
  template <typename Call>
  std::string error_of(Call call) const {
    std::thread stopper([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ::eventfd_write(stop_, 1);
    });
    const std::string message = message_of<InputError>(call);
    stopper.join();
    return message;
  }

  const ScratchFolder folder_;
  const std::string path_ = folder_ / "pipe";
  const std::string expected_ = "interrupted while waiting for " + path_;
  int stop_ = -1;
};

TEST_F(StoppedInput, EndsTheWaitForAWriter) {
  EXPECT_EQ(error_of([this] { PeekedInput::open(path_, stop_); }), expected_);
}

TEST_F(StoppedInput, EndsTheWaitForTheFirstBytes) {
  const int writer = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::write(writer, "half a head", 11), 11);
  EXPECT_EQ(error_of([this] { PeekedInput::open(path_, stop_); }), expected_);
  ::close(writer);
}

TEST_F(StoppedInput, EndsTheWaitForMoreBytesAfterTheFirstWereRead) {
  const int writer = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  const std::string text = pattern(PeekedInput::kHeadBytes);
  std::thread sender([&] { ::write(writer, text.data(), text.size()); });
  const auto input = PeekedInput::open(path_, stop_);
  sender.join();
  std::vector<std::uint8_t> buffer(text.size());
  ASSERT_EQ(input->read(buffer), text.size());
  EXPECT_FALSE(input->interrupted());
  EXPECT_EQ(error_of([&] { input->read(buffer); }), expected_);
  EXPECT_TRUE(input->interrupted());
  ::close(writer);
}

TEST_F(StoppedInput, LeavesFilesAloneWhichNeverWait) {
  ::eventfd_write(stop_, 1);
  const std::string text = pattern(100000);
  const auto input = PeekedInput::open(folder_.write("x", text), stop_);
  EXPECT_EQ(read_everything(*input, 1000), text);
}

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::size_t read(std::span<std::uint8_t> buffer) override {
    const std::size_t got = std::min(buffer.size(), bytes_.size() - at_);
    std::copy_n(bytes_.data() + at_, got, buffer.data());
    at_ += got;
    return got;
  }
  std::int64_t position() const override { return static_cast<std::int64_t>(at_); }
  std::int64_t size() const override { return -1; }
  const std::string& name() const override { return name_; }

 private:
  std::string bytes_;
  std::string name_ = "memory";
  std::size_t at_ = 0;
};

std::string inflate_all(const std::string& bytes) {
  const auto source = open_gzip(std::make_unique<MemorySource>(bytes));
  return read_everything(*source, 500);
}

std::string inflate_error(const std::string& bytes) {
  return message_of<InputError>([&] { inflate_all(bytes); });
}

TEST(GzipInput, ReadsMembersInARowAsOneText) {
  const std::string one = pattern(70000);
  EXPECT_EQ(inflate_all(gzip_member(one) + gzip_member("") + gzip_member("two")), one + "two");
}

TEST(GzipInput, AcceptsZerosBehindTheLastMember) {
  EXPECT_EQ(inflate_all(gzip_member("text") + std::string(100000, '\0')), "text");
}

TEST(GzipInput, RefusesAnythingElseBehindTheLastMember) {
  EXPECT_THAT(inflate_error(gzip_member("text") + "junk"), HasSubstr("followed by something else"));
  const std::string zeros(5000, '\0');
  EXPECT_THAT(inflate_error(gzip_member("text") + zeros + "junk"),
              HasSubstr("followed by something else"));
}

TEST(GzipInput, NoticesADamagedChecksum) {
  std::string bytes = gzip_member("some text");
  bytes[bytes.size() - 6] ^= 1;
  EXPECT_THAT(inflate_error(bytes), HasSubstr("damaged"));
}

TEST(GzipInput, NoticesEveryTruncationOfGzip) {
  const std::string whole = gzip_member(pattern(3000));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_NE(inflate_error(whole.substr(0, size)), "") << size;
  }
}

TEST(GzipInput, NoticesEveryTruncationOfBgzf) {
  const std::string whole = bgzf(pattern(3000), 1000);
  EXPECT_EQ(inflate_all(whole), pattern(3000));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_NE(inflate_error(whole.substr(0, size)), "") << size;
  }
}

TEST(GzipInput, TellsGzipFromBgzf) {
  const auto kind = [](const std::string& bytes) {
    return compression_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  };
  EXPECT_EQ(kind(gzip_member("x")), Compression::kGzip);
  EXPECT_EQ(kind(bgzf("x", 10)), Compression::kBgzf);
  EXPECT_EQ(kind("plain text"), Compression::kNone);
  EXPECT_EQ(kind("\x1f"), Compression::kNone);
}

}  // namespace
}  // namespace heddle::io
