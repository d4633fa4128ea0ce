#include "app/interrupt.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace heddle::app {
namespace {

bool readable_within(int descriptor, int milliseconds) {
  pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&one, 1, milliseconds) == 1;
}

TEST(Interrupt, TheFirstSignalCallsTheStopOnItsOwnThreadAndIsReadable) {
  Interrupt interrupt;
  std::atomic<int> calls{0};
  interrupt.on_signal([&] { ++calls; });
  EXPECT_FALSE(readable_within(interrupt.descriptor(), 0));
  kill(getpid(), SIGTERM);
  ASSERT_TRUE(readable_within(interrupt.descriptor(), 10000));
  EXPECT_EQ(interrupt.received(), SIGTERM);
  while (calls == 0) std::this_thread::yield();
  EXPECT_EQ(calls, 1);
}

TEST(Interrupt, AStopThatIsGivenAfterTheSignalIsCalledAtOnce) {
  Interrupt interrupt;
  interrupt.heed();
  kill(getpid(), SIGINT);
  ASSERT_TRUE(readable_within(interrupt.descriptor(), 10000));
  int calls = 0;
  interrupt.on_signal([&] { ++calls; });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(interrupt.received(), SIGINT);
}

TEST(Interrupt, TheStopMayChangeWhileASignalComes) {
  Interrupt interrupt;
  interrupt.heed();
  std::atomic<int> calls{0};
  std::thread sender([] { kill(getpid(), SIGINT); });
  for (int i = 0; i < 200; ++i) interrupt.on_signal({});
  sender.join();
  ASSERT_TRUE(readable_within(interrupt.descriptor(), 10000));
  interrupt.on_signal([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

/// A process that lives for a while after its first SIGTERM; how it ended after another one.
int exit_code_after_another(int signal_number, std::chrono::milliseconds later) {
  const pid_t child = fork();
  if (child == 0) {
    Interrupt interrupt;
    interrupt.heed();
    kill(getpid(), SIGTERM);
    readable_within(interrupt.descriptor(), 10000);
    std::this_thread::sleep_for(later);
    kill(getpid(), signal_number);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    _exit(7);  // it went on
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Interrupt, ASigtermRightBehindTheFirstIsItsDouble) {
  EXPECT_EQ(exit_code_after_another(SIGTERM, std::chrono::milliseconds(1)), 7);
  EXPECT_EQ(exit_code_after_another(SIGTERM, std::chrono::milliseconds(800)), 7);
}

TEST(Interrupt, ALaterSigtermEndsTheProcessAtOnce) {
  EXPECT_EQ(exit_code_after_another(SIGTERM, std::chrono::milliseconds(2200)), 128 + SIGTERM);
}

TEST(Interrupt, TheFirstSignalEndsAtOnceAProcessThatHeedsNone) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    Interrupt interrupt([end = pipe_ends[1]](bool first) {
      const char word = first ? '1' : '2';
      if (write(end, &word, 1) != 1) _exit(8);
    });
    kill(getpid(), SIGINT);
    std::this_thread::sleep_for(std::chrono::seconds(10));
    _exit(7);  // it went on
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGINT);
  char word = 0;
  EXPECT_EQ(read(pipe_ends[0], &word, 1), 1);
  EXPECT_EQ(word, '1');
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(Interrupt, ASecondCtrlCEndsTheProcessAtOnce) {
  EXPECT_EQ(exit_code_after_another(SIGINT, std::chrono::milliseconds(1)), 128 + SIGINT);
}

}  // namespace
}  // namespace heddle::app
