#include "pipeline/entrance.h"

#include "tests/unit/pipeline/graph/on_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kItems = 3000;
constexpr int kAdmissions = 20'000;  // enough that offers and releases meet in every order

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

TEST(Entrance, DropsTheOldestWaitingItemAndCountsIt) {
  Inside inside;
  std::vector<std::int64_t> admitted;
  Entrance entrance({.in_flight = 2, .overflow = Overflow::kDropOldest}, [&](MessagePtr message) {
    admitted.push_back(message->item().number);
    inside.put(std::move(message));
  });
  for (int i = 0; i < 6; ++i) entrance.offer(item_of(i));  // 2, 3 and 4 wait and are dropped
  EXPECT_EQ(admitted, (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(entrance.dropped(), 3);
  inside.take().reset();
  EXPECT_EQ(admitted, (std::vector<std::int64_t>{0, 1, 5}));
  EXPECT_EQ(entrance.dropped(), 3);
}

TEST(Entrance, TellsTheNextFrameOfAGapThatWasDropped) {
  Inside inside;
  std::vector<bool> gaps;
  Entrance entrance({.in_flight = 1, .overflow = Overflow::kDropOldest}, [&](MessagePtr message) {
    gaps.push_back(message->item().frame->after_gap);
    inside.put(std::move(message));
  });
  for (int i = 0; i < 4; ++i) {
    auto item = item_of(i);
    item->frame.emplace().after_gap = i == 1;  // it waits, and gives way to 2 and 3
    entrance.offer(std::move(item));
  }
  inside.take().reset();
  EXPECT_EQ(gaps, (std::vector<bool>{false, true}));
}

TEST(EntranceOnThreads, AdmitsInOrderWhileOlderItemsAreDropped) {
  Inside inside;
  std::atomic<int> left{0};
  std::atomic<bool> ended{false};
  std::int64_t offered = 0;            // by the first thread
  std::vector<std::int64_t> admitted;  // one admission at a time
  Entrance entrance({.in_flight = 2, .overflow = Overflow::kDropOldest}, [&](MessagePtr message) {
    admitted.push_back(message->item().number);
    inside.put(std::move(message));
  });
  on_threads(4, [&](int thread) {
    if (thread == 0) {
      for (; left < kAdmissions; ++offered) {
        entrance.offer(item_of(offered));
        if (offered % 1024 == 0) std::this_thread::yield();
      }
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
  EXPECT_EQ(entrance.entered(), offered);
  EXPECT_EQ(left + entrance.dropped(), offered);
  EXPECT_EQ(static_cast<int>(admitted.size()), left);
  EXPECT_EQ(std::ranges::adjacent_find(admitted, std::greater_equal{}), admitted.end())
      << "a newer item went in before an older one";
  EXPECT_EQ(admitted.back(), offered - 1) << "the newest must never be dropped";
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
