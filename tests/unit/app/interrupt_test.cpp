#include "app/interrupt.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
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
  kill(getpid(), SIGINT);
  ASSERT_TRUE(readable_within(interrupt.descriptor(), 10000));
  int calls = 0;
  interrupt.on_signal([&] { ++calls; });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(interrupt.received(), SIGINT);
}

TEST(Interrupt, TheStopMayChangeWhileASignalComes) {
  Interrupt interrupt;
  std::atomic<int> calls{0};
  std::thread sender([] { kill(getpid(), SIGINT); });
  for (int i = 0; i < 200; ++i) interrupt.on_signal({});
  sender.join();
  ASSERT_TRUE(readable_within(interrupt.descriptor(), 10000));
  interrupt.on_signal([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace heddle::app
