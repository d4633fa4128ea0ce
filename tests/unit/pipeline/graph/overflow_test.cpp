#include "pipeline/threads.h"
#include "tests/unit/pipeline/graph/scripted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace heddle::pipeline {
namespace {

TEST(DropOldest, KeepsTheNewestInOrderAndCountsWhatItDrops) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 2, .overflow = Overflow::kDropOldest});
  std::vector<std::int64_t> seen;
  graph.from(counting_feed(3000))
      .then(stage(Concurrency::kSerial,
                  [](Item&) { std::this_thread::sleep_for(std::chrono::microseconds(200)); }))
      .to([&](Item& item) { seen.push_back(item.segment->core_begin); });
  graph.run();
  const RunReport report = graph.report();
  EXPECT_EQ(report.entered, 3000);
  EXPECT_GT(report.dropped, 0);
  EXPECT_EQ(report.entered, report.left + report.dropped);
  EXPECT_LE(report.most_live, 2 + 1);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 2999) << "the newest item must never be the one that is dropped";
}

TEST(DropOldest, HoldsFewerFromWhenItIsToldTo) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 6, .overflow = Overflow::kDropOldest});
  graph.set_in_flight(1);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::int64_t last = -1;
  graph.from(counting_feed(2000))
      .then(stage(Concurrency::kUnlimited,
                  [&](Item&) {
                    const int now = ++inside;
                    int seen = most;
                    while (now > seen && !most.compare_exchange_weak(seen, now)) {
                    }
                    std::this_thread::sleep_for(std::chrono::microseconds(100));
                    --inside;
                  }))
      .to([&](Item& item) { last = item.segment->core_begin; });
  graph.run();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(last, 1999);
  EXPECT_LE(graph.report().most_live, 1 + 1);
}

TEST(Block, DropsNothing) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 2});
  graph.from(counting_feed(300))
      .then(stage(Concurrency::kSerial,
                  [](Item&) { std::this_thread::sleep_for(std::chrono::microseconds(20)); }))
      .to([](Item&) {});
  graph.run();
  EXPECT_EQ(graph.report().dropped, 0);
  EXPECT_EQ(graph.report().left, 300);
}

}  // namespace
}  // namespace heddle::pipeline
