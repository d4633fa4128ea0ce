#include "io/atomic_file.h"

#include "tests/unit/io/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

namespace {

std::function<void()> another_run;  // takes its turn once, before the next lock
bool old_file_system = false;       // knows plain renames only

}  // namespace

// These stand before the C library's, so that tests can put another run between AtomicFile's open()
// and its lock, and take away what not every file system has.
extern "C" int lock_file(int descriptor, int operation) noexcept __asm__("flock");  // also a struct
extern "C" int lock_file(int descriptor, int operation) noexcept {
  if (another_run) std::exchange(another_run, nullptr)();
  return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
}
extern "C" int renameat2(
    int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (old_file_system) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace heddle::io {
namespace {

using ::testing::HasSubstr;

TEST(AtomicFile, AppearsUnderItsNameOnlyByCommit) {
  const ScratchFolder folder;
  const std::string path = folder / "genes.gff3";
  AtomicFile file(path);
  file.write("one\n");
  file.flush();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(read_file(path + ".partial"), "one\n");
  file.write("two\n");
  file.commit();
  EXPECT_EQ(read_file(path), "one\ntwo\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(AtomicFile, WithoutCommitLeavesThePartialAndTheOlderFile) {
  const ScratchFolder folder;
  const std::string path = folder.write("out.bed", "older");
  { AtomicFile(path).write("newer"); }
  EXPECT_EQ(read_file(path), "older");
  EXPECT_EQ(read_file(path + ".partial"), "newer");
}

TEST(AtomicFile, KeepPartialEndsItUnderThePartialName) {
  const ScratchFolder folder;
  AtomicFile file(folder / "out");
  file.write("half");
  file.keep_partial();
  EXPECT_EQ(read_file(folder / "out.partial"), "half");
  EXPECT_TRUE(file.finished());
  EXPECT_THROW(file.write("more"), std::logic_error);
  EXPECT_THROW(file.commit(), std::logic_error);
}

TEST(AtomicFile, LeavesNoEmptyPartialBehind) {
  const ScratchFolder folder;
  { AtomicFile file(folder / "out"); }
  EXPECT_FALSE(std::filesystem::exists(folder / "out.partial"));
}

TEST(AtomicFile, KeepsNoEmptyPartialEither) {
  const ScratchFolder folder;
  AtomicFile file(folder / "out");
  file.keep_partial();
  EXPECT_FALSE(std::filesystem::exists(folder / "out.partial"));
}

/// As on a disk that has room for so many bytes.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(AtomicFile, EndsBehindAWholeRecordWhereTheDiskIsFull) {
  const ScratchFolder folder;
  const std::string record = ">protein\nMKV\n";  // 13 bytes
  {
    AtomicFile file(folder / "out.faa");
    const SmallDisk disk(13 * 3 + 10);  // the fourth's first line would fit
    for (int i = 0; i < 9; ++i) file.write(record);
    EXPECT_THROW(file.flush(), OutputError);
    EXPECT_EQ(read_file(folder / "out.faa.partial"), record + record + record);
    EXPECT_EQ(file.size(), 39);
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "out.faa.partial") % 13, 0u);
}

TEST(AtomicFile, EndsBehindAWholeLineWhereARecordIsLongerThanTheDisk) {
  const ScratchFolder folder;
  AtomicFile file(folder / "out.gbk");
  file.write("ORIGIN\n1 acgt");
  file.flush();
  const SmallDisk disk(20);
  file.write("acgt\n5 acgtacgt");
  file.write("\n//\n");
  EXPECT_THROW(file.flush(), OutputError);
  EXPECT_EQ(read_file(folder / "out.gbk.partial"), "ORIGIN\n1 acgtacgt\n");
}

TEST(AtomicFile, GoesOnInOrderOnceADiskHasRoomAgain) {
  const ScratchFolder folder;
  AtomicFile file(folder / "out");
  {
    const SmallDisk disk(10);
    file.write("one\n");
    file.write("two\n");
    file.write("three\n");
    EXPECT_THROW(file.flush(), OutputError);
    EXPECT_EQ(read_file(folder / "out.partial"), "one\ntwo\n");
  }
  file.write("four\n");
  file.commit();
  EXPECT_EQ(read_file(folder / "out"), "one\ntwo\nthree\nfour\n");
}

TEST(AtomicFile, OverwritesAStalePartial) {
  const ScratchFolder folder;
  folder.write("out.partial", "a long text of a run that was killed");
  AtomicFile file(folder / "out");
  file.write("x");
  file.commit();
  EXPECT_EQ(read_file(folder / "out"), "x");
}

TEST(AtomicFile, RefusesAPartialThatAnotherRunIsWriting) {
  const ScratchFolder folder;
  AtomicFile first(folder / "out");
  first.write("first");
  first.flush();
  const std::string message = message_of<OutputError>([&] { AtomicFile second(folder / "out"); });
  EXPECT_THAT(message, HasSubstr("another run is writing"));
  first.commit();
  EXPECT_EQ(read_file(folder / "out"), "first");
}

TEST(AtomicFile, DoesNotEmptyAFileThatAnotherRunFinishesBeforeTheLock) {
  const ScratchFolder folder;
  const std::string path = folder / "out";
  AtomicFile first(path);
  first.write("first");
  another_run = [&] { first.commit(); };
  AtomicFile second(path);
  EXPECT_EQ(read_file(path), "first");
  second.write("second");
  second.commit();
  EXPECT_EQ(read_file(path), "second");
}

TEST(AtomicFile, GivesUpWhereThePartialNeverStays) {
  const ScratchFolder folder;
  const std::function<void()> take_away = [&] {
    std::filesystem::remove(folder / "out.partial");
    another_run = take_away;
  };
  another_run = take_away;
  EXPECT_THAT(message_of<OutputError>([&] { AtomicFile file(folder / "out"); }),
              HasSubstr("other runs keep taking"));
  another_run = nullptr;
}

TEST(AtomicFile, KeepsAnExistingFileWhenToldNotToOverwrite) {
  const ScratchFolder folder;
  const std::string path = folder.write("out", "precious");
  EXPECT_THAT(message_of<OutputError>([&] { AtomicFile file(path, false); }), HasSubstr("exists"));
  EXPECT_EQ(read_file(path), "precious");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(AtomicFile, KeepsADanglingLinkWhenToldNotToOverwrite) {
  const ScratchFolder folder;
  std::filesystem::create_symlink(folder / "none", folder / "out");
  EXPECT_THAT(message_of<OutputError>([&] { AtomicFile file(folder / "out", false); }),
              HasSubstr("exists"));
}

class WithoutOverwriting : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { old_file_system = GetParam(); }
  void TearDown() override { old_file_system = false; }
};

TEST_P(WithoutOverwriting, AFileThatAppearsDuringTheRunIsKept) {
  const ScratchFolder folder;
  const std::string path = folder / "out";
  AtomicFile file(path, false);
  file.write("result");
  folder.write("out", "precious");
  EXPECT_EQ(
      message_of<OutputError>([&] { file.commit(); }),
      path + ": appeared during the run and is not replaced; the result is " + path + ".partial");
  EXPECT_EQ(read_file(path), "precious");
  EXPECT_EQ(read_file(path + ".partial"), "result");
}

TEST_P(WithoutOverwriting, ANameThatIsFreeIsTaken) {
  const ScratchFolder folder;
  AtomicFile file(folder / "out", false);
  file.write("result");
  file.commit();
  EXPECT_EQ(read_file(folder / "out"), "result");
  EXPECT_FALSE(std::filesystem::exists(folder / "out.partial"));
}

INSTANTIATE_TEST_SUITE_P(FileSystems, WithoutOverwriting, ::testing::Bool(), [](const auto& old) {
  return old.param ? "old" : "new";
});

TEST(AtomicFile, ErrorsNameThePathAndTheReason) {
  const ScratchFolder folder;
  EXPECT_THAT(message_of<OutputError>([&] { AtomicFile file(folder / "no/such/out"); }),
              ::testing::AllOf(HasSubstr("no/such/out"), HasSubstr("No such file")));
  EXPECT_THAT(message_of<OutputError>([&] { AtomicFile file(folder / "."); }),
              HasSubstr("is a folder"));
}

TEST(AtomicFile, AFullDeviceIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  AtomicFile file("/dev/full");
  file.write("x");
  EXPECT_THAT(message_of<OutputError>([&] { file.commit(); }), HasSubstr("No space left"));
}

TEST(AtomicFile, WritesToDevicesDirectly) {
  {
    AtomicFile file("/dev/null");
    file.write("x");
    file.commit();
  }
  struct stat status {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  EXPECT_FALSE(std::filesystem::exists("/dev/null.partial"));
}

TEST(AtomicFile, ALibraryMayWriteTheWorkingPathItself) {
  const ScratchFolder folder;
  AtomicFile file(folder / "clip.mp4");
  std::ofstream(file.working_path(), std::ios::trunc) << "muxed";
  file.commit();
  EXPECT_EQ(read_file(folder / "clip.mp4"), "muxed");
}

TEST(AtomicFile, DoesNotFollowALinkPlacedAtThePartialName) {
  const ScratchFolder folder;
  const std::string victim = folder.write("victim", "safe");
  std::filesystem::create_symlink(victim, folder / "out.partial");
  EXPECT_THROW(AtomicFile(folder / "out"), OutputError);
  EXPECT_EQ(read_file(victim), "safe");
}

TEST(AtomicFile, AClosedPipeIsAnErrorNotASignal) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  const auto old = ::signal(SIGPIPE, SIG_IGN);  // as the application sets it
  const std::string message = message_of<OutputError>([&] {
    AtomicFile file("/dev/fd/" + std::to_string(ends[1]));
    file.write("x");
    file.commit();
  });
  ::signal(SIGPIPE, old);
  ::close(ends[1]);
  EXPECT_FALSE(message.empty());
}

TEST(AtomicFile, WaitsForRoomOnANonBlockingStandardOutput) {
  const std::string text(1 << 20, 'x');  // more than a pipe holds
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  std::fflush(stdout);
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  ::close(ends[1]);
  std::string arrived;
  std::thread reader([&] {
    std::vector<char> buffer(1 << 16);
    pollfd wait{ends[0], POLLIN, 0};
    while (::poll(&wait, 1, -1) > 0) {
      const ssize_t got = ::read(ends[0], buffer.data(), buffer.size());
      if (got <= 0) break;
      arrived.append(buffer.data(), static_cast<std::size_t>(got));
    }
  });
  const std::string message = message_of<OutputError>([&] {
    AtomicFile file("-");
    file.write(text);
    file.commit();
  });
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(message, "");
  EXPECT_TRUE(arrived == text) << arrived.size();
}

std::string state_of(AtomicFile& file) {
  Snapshot snapshot;
  snapshot(file);
  return snapshot.take();
}

TEST(AtomicFile, ContinuesWhereItsSnapshotWasTaken) {
  const ScratchFolder folder;
  const std::string path = folder / "genes.gff3";
  std::string state;
  {
    AtomicFile file(path);
    file.write("one\n");
    state = state_of(file);
    file.write("more that a killed run wrote\n");
  }
  AtomicFile file(path, true, true);
  file.write("a head that is there already\n");
  EXPECT_EQ(read_file(path + ".partial"), "one\nmore that a killed run wrote\n");
  Snapshot snapshot(state);
  snapshot(file);
  file.write("two\n");
  file.commit();
  EXPECT_EQ(read_file(path), "one\ntwo\n");
}

TEST(AtomicFile, ThatHoldsSomethingElseIsNotContinuedAndStaysAsItIs) {
  for (const std::string other : {"onE\nand more\n", "one"}) {
    const ScratchFolder folder;
    const std::string path = folder / "genes.gff3";
    std::string state;
    {
      AtomicFile file(path);
      file.write("one\n");
      state = state_of(file);
    }
    std::ofstream(path + ".partial", std::ios::binary) << other;
    const std::string message = message_of<OutputError>([&] {
      AtomicFile file(path, true, true);
      Snapshot snapshot(state);
      snapshot(file);
    });
    EXPECT_THAT(message, HasSubstr("does not hold the 4 bytes that the journal tells of"));
    EXPECT_EQ(read_file(path + ".partial"), other);
  }
}

}  // namespace
}  // namespace heddle::io
