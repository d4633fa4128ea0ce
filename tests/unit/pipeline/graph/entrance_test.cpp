#include "pipeline/entrance.h"

#include "tests/unit/pipeline/graph/on_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

namespace heddle::pipeline {
namespace {

constexpr int kItems = 3000;

/// Admitted messages, taken by any thread.
class Inside {
 public:
  void put(MessagePtr message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(std::move(message));
  }
  MessagePtr take() {
    const std::scoped_lock lock(mutex_);
    if (messages_.empty()) return nullptr;
    MessagePtr last = std::move(messages_.back());
    messages_.pop_back();
    return last;
  }

 private:
  std::mutex mutex_;
  std::vector<MessagePtr> messages_;
};

TEST(EntranceOnThreads, NeverHoldsMoreThanItsLimitAndLosesNothing) {
  Inside inside;
  Entrance entrance({.in_flight = 4}, [&](MessagePtr message) { inside.put(std::move(message)); });
  std::atomic<int> finished{0};
  on_threads(4, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < kItems && entrance.wait_for_room(); ++i) entrance.offer(item_of(i));
      return;
    }
    while (finished < kItems) {
      if (const MessagePtr message = inside.take()) {
        message->finish();
        ++finished;
      } else {
        std::this_thread::yield();
      }
    }
  });
  EXPECT_EQ(entrance.entered(), kItems);
  EXPECT_EQ(entrance.live(), 0);
  EXPECT_LE(entrance.most_live(), 5);
}

TEST(EntranceOnThreads, DropsTheOldestWaitingItemAndCountsIt) {
  Inside inside;
  std::atomic<int> left{0};
  std::atomic<bool> ended{false};
  Entrance entrance({.in_flight = 2, .overflow = Overflow::kDropOldest},
                    [&](MessagePtr message) { inside.put(std::move(message)); });
  on_threads(3, [&](int thread) {
    if (thread == 0) {
      for (int i = 0; i < kItems; ++i) entrance.offer(item_of(i));
      ended = true;
      return;
    }
    while (!ended || entrance.live() > 0) {
      if (MessagePtr message = inside.take()) {
        ++left;
        message.reset();
      } else {
        std::this_thread::yield();
      }
    }
  });
  EXPECT_EQ(entrance.entered(), kItems);
  EXPECT_EQ(left + entrance.dropped(), kItems);
}

TEST(EntranceOnThreads, StopWakesTheWaitingReader) {
  Inside inside;
  Entrance entrance({.in_flight = 1}, [&](MessagePtr message) { inside.put(std::move(message)); });
  entrance.offer(item_of(0));
  on_threads(2, [&](int thread) {
    if (thread == 0) {
      EXPECT_FALSE(entrance.wait_for_room());
    } else {
      entrance.stop();
    }
  });
}

}  // namespace
}  // namespace heddle::pipeline
