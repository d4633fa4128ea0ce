#include "pipeline/batcher.h"

#include "pipeline/stats.h"
#include "tests/unit/pipeline/graph/on_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace heddle::pipeline {
namespace {

/// The numbers of all items that left, and the size of the largest batch.
class Left {
 public:
  void add(const Batch& batch) {
    const std::scoped_lock lock(mutex_);
    largest_ = std::max(largest_, batch.size());
    for (const MessagePtr& message : batch) numbers_.push_back(message->item().number);
  }
  std::vector<std::int64_t> sorted_numbers() {
    const std::scoped_lock lock(mutex_);
    std::sort(numbers_.begin(), numbers_.end());
    return numbers_;
  }
  std::size_t largest() const { return largest_; }

 private:
  std::mutex mutex_;
  std::vector<std::int64_t> numbers_;
  std::size_t largest_ = 0;
};

std::vector<std::int64_t> numbers_below(std::int64_t count) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

TEST(BatcherOnThreads, LosesNothingWhileThreadsArriveTheTimerRunsAndTheEndComes) {
  constexpr int kThreads = 3, kEach = 700;
  Entrance entrance({}, [](MessagePtr) {});
  Left left;
  Batcher batcher(8, std::chrono::milliseconds(1), entrance, [&](Batch batch) { left.add(batch); });
  on_threads(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      batcher.arrive(std::make_shared<Message>(entrance, item_of(thread * kEach + i)));
      if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (i % 150 == 0) batcher.quiet();
    }
  });
  batcher.close();
  EXPECT_EQ(left.sorted_numbers(), numbers_below(kThreads * kEach));
  EXPECT_LE(left.largest(), 8u);
}

TEST(BatcherOnThreads, WhatArrivesDuringAndAfterTheCloseLeavesToo) {
  constexpr int kThreads = 2, kEach = 500;
  Entrance entrance({}, [](MessagePtr) {});
  Left left;
  Batcher batcher(16, std::chrono::hours(1), entrance, [&](Batch batch) { left.add(batch); });
  on_threads(kThreads + 1, [&](int thread) {
    if (thread == kThreads) {
      batcher.close();
      return;
    }
    for (int i = 0; i < kEach; ++i) {
      batcher.arrive(std::make_shared<Message>(entrance, item_of(thread * kEach + i)));
    }
  });
  EXPECT_EQ(left.sorted_numbers(), numbers_below(kThreads * kEach));
}

TEST(StageClockOnThreads, CountsEveryCall) {
  StageClock clock;
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 1000; ++i) clock.add(0.001 * (thread + 1), i % 10 == 0);
  });
  const StageStats stats = clock.stats("stage");
  EXPECT_EQ(stats.items, 4000);
  EXPECT_EQ(stats.failures, 400);
  EXPECT_NEAR(stats.busy_seconds, 10, 1e-3);
  EXPECT_NEAR(stats.longest_seconds, 0.004, 1e-6);
  EXPECT_EQ(std::accumulate(stats.classes.begin(), stats.classes.end(), 0), 4000);
}

TEST(StageClock, CountsACallInTheFirstClassWhoseBoundItKeeps) {
  StageClock clock;
  clock.add(0, false);
  clock.add(kStageBounds[0], false);
  clock.add(kStageBounds[0] * 1.01, false);
  clock.add(1000, false);
  const StageStats stats = clock.stats("stage");
  EXPECT_EQ(stats.classes[0], 2);
  EXPECT_EQ(stats.classes[1], 1);
  EXPECT_EQ(stats.classes.back(), 1);
}

}  // namespace
}  // namespace heddle::pipeline
