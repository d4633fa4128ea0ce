#include "pipeline/graph.h"

#include "pipeline/threads.h"
#include "tests/unit/pipeline/graph/scripted.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

namespace heddle::pipeline {
namespace {

using std::chrono::microseconds;

void wait_a_little(std::int64_t seed) {
  std::this_thread::sleep_for(microseconds((seed * 7919) % 300));
}

TEST(Graph, ItemsLeaveInTheOrderTheyEnteredHoweverLongEachTakes) {
  const ThreadBudget budget(4);
  Graph graph({.in_flight = 16});
  std::vector<std::int64_t> seen;
  graph.from(counting_feed(500))
      .then(stage(Concurrency::kUnlimited, [](Item& item) { wait_a_little(item.number); }))
      .then(stage(Concurrency::kSerial, [](Item&) {}))
      .to([&](Item& item) { seen.push_back(item.segment->core_begin); });
  graph.run();
  ASSERT_EQ(seen.size(), 500u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<std::int64_t>(i));
}

TEST(Graph, NeverHoldsMoreItemsThanTheLimit) {
  const ThreadBudget budget(4);
  Graph graph({.in_flight = 5});
  std::atomic<int> live{0};
  std::atomic<int> most{0};
  graph.from(counting_feed(300))
      .then(stage(Concurrency::kUnlimited,
                  [&](Item& item) {
                    const int now = ++live;
                    int seen = most;
                    while (now > seen && !most.compare_exchange_weak(seen, now)) {
                    }
                    wait_a_little(item.number);
                  }))
      .to([&](Item&) { --live; });
  graph.run();
  EXPECT_LE(most, 5);
  EXPECT_LE(graph.report().most_live, 5);
  EXPECT_GE(graph.report().most_live, 2);
}

TEST(Graph, StopsAdmittingWhenTheBytesInsideReachTheLimit) {
  const ThreadBudget budget(4);
  Graph graph({.in_flight = 100, .bytes_in_flight = 3000});
  graph.from(counting_feed(200, 1000))
      .then(stage(Concurrency::kUnlimited, [](Item& item) { wait_a_little(item.number); }))
      .to([](Item&) {});
  graph.run();
  EXPECT_LE(graph.report().most_live, 3);
  EXPECT_EQ(graph.report().left, 200);
}

TEST(Graph, AnExceptionBecomesThatItemsFailureAndLaterStagesAreToldToSkipIt) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 8});
  std::vector<std::int64_t> skipped;
  auto later =
      stage(Concurrency::kSerial, [](Item& item) { item.records.emplace_back(io::SequenceEnd{}); });
  later->on_skip = [&](Item& item) { skipped.push_back(item.number); };
  std::vector<std::string> reasons;
  graph.from(counting_feed(20))
      .then(stage(Concurrency::kUnlimited,
                  [](Item& item) {
                    if (item.number % 7 == 3) throw std::runtime_error("bad luck");
                  }))
      .then(std::move(later))
      .to([&](Item& item) {
        ASSERT_EQ(item.records.size(), 1u);
        if (const auto* failure = std::get_if<io::Failure>(&item.records[0]))
          reasons.push_back(failure->what + ": " + failure->reason);
      });
  graph.run();
  EXPECT_EQ(skipped, (std::vector<std::int64_t>{3, 10, 17}));
  ASSERT_EQ(reasons.size(), 3u);
  EXPECT_NE(reasons[1].find("10:11-0: bad luck"), std::string::npos) << reasons[1];
  EXPECT_EQ(graph.report().failed, 3);
  EXPECT_EQ(graph.report().left, 20);
}

TEST(Graph, AProgrammingErrorEndsTheRunAndIsRethrown) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 4});
  graph.from(counting_feed(1000000))
      .then(stage(Concurrency::kUnlimited,
                  [](Item& item) {
                    if (item.number == 50) throw std::logic_error("broken promise");
                  }))
      .to([](Item&) {});
  EXPECT_THROW(graph.run(), std::logic_error);
  EXPECT_LT(graph.report().entered, 1000);
  EXPECT_EQ(graph.report().entered, graph.report().left);
}

TEST(Graph, WhatWasInsideIsStillWrittenWhenTheSourceFails) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 8});
  int written = 0;
  auto feed = std::make_unique<ScriptedFeed>([i = 0](Item& item) mutable {
    if (i == 30) throw std::runtime_error("truncated");
    item.segment = Segment{};
    ++i;
    return true;
  });
  graph.from(std::move(feed))
      .then(stage(Concurrency::kUnlimited, [](Item& item) { wait_a_little(item.number); }))
      .to([&](Item&) { ++written; });
  EXPECT_THROW(graph.run(), std::runtime_error);
  EXPECT_EQ(written, 30);
}

TEST(Graph, AFailingSinkEndsTheRunWithItsOwnError) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 8});
  graph.from(counting_feed(1000000)).to([](Item& item) {
    if (item.number == 12) throw std::runtime_error("disk full");
  });
  EXPECT_THROW(graph.run(), std::runtime_error);
  EXPECT_LT(graph.report().entered, 1000);
}

TEST(Graph, ARequestToStopDrainsWhatIsInside) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 8});
  std::int64_t written = 0;
  graph.from(counting_feed(1000000))
      .then(stage(Concurrency::kUnlimited, [](Item& item) { wait_a_little(item.number); }))
      .to([&](Item&) {
        if (++written == 40) graph.request_stop();
      });
  graph.run();
  EXPECT_TRUE(graph.report().stopped);
  EXPECT_EQ(graph.report().entered, written);
  EXPECT_LE(written, 40 + 8);
}

TEST(Graph, AStopThatDropsFinishesOnlyWhatHadBegun) {
  constexpr int kThreads = 2;
  const ThreadBudget budget(kThreads);
  Graph graph({.in_flight = 32});
  std::atomic<std::int64_t> begun{0};
  std::int64_t written = 0;
  std::int64_t begun_at_stop = 0;
  graph.from(counting_feed(1000000))
      .then(stage(Concurrency::kUnlimited,
                  [&](Item&) {
                    ++begun;
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                  }))
      .to([&](Item& item) {
        EXPECT_EQ(item.number, written);
        if (++written != 40) return;
        graph.request_stop(Inside::kDropUnstarted);
        begun_at_stop = begun;
      });
  graph.run();
  EXPECT_LE(begun, begun_at_stop + kThreads);
  const RunReport report = graph.report();
  EXPECT_GT(report.unstarted, 0);
  EXPECT_EQ(report.left, written);
  EXPECT_EQ(report.entered, report.left + report.unstarted);
}

TEST(Graph, ARequestToStopThatComesAfterTheLastItemStopsNothing) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 8});
  std::atomic<bool> ended{false};
  graph
      .from(std::make_unique<ScriptedFeed>([&ended, i = 0](Item& item) mutable {
        item.number = i;
        ended = i == 3;
        return i++ < 3;
      }))
      .to([&](Item&) {
        while (!ended) std::this_thread::yield();
        graph.request_stop();
      });
  graph.run();
  EXPECT_EQ(graph.report().left, 3);
  EXPECT_FALSE(graph.report().stopped);
}

TEST(Graph, AStopThatDropsStopsTheRunAlsoWhereAllWasReadAlready) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 64});
  std::atomic<bool> ended{false};
  graph
      .from(std::make_unique<ScriptedFeed>([&ended, i = 0](Item& item) mutable {
        item.number = i;
        ended = i == 40;
        return i++ < 40;
      }))
      .then(stage(Concurrency::kSerial,
                  [&](Item& item) {
                    while (!ended) std::this_thread::yield();
                    if (item.number == 3) graph.request_stop(Inside::kDropUnstarted);
                  }))
      .to([](Item&) {});
  graph.run();
  const RunReport report = graph.report();
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.entered, 40);
  EXPECT_EQ(report.left, 4);
  EXPECT_EQ(report.unstarted, 36);
}

TEST(Graph, LanesKeepTheirOwnOrderAndState) {
  const ThreadBudget budget(4);
  Graph graph({.in_flight = 24});
  std::vector<std::int64_t> sums(3);
  std::vector<std::int64_t> last(3, -1);
  std::vector<std::atomic<int>> inside(3);
  std::atomic<int> violations{0};
  graph.from(counting_feed(600, 1, 3))
      .then(stage(Concurrency::kUnlimited, [](Item& item) { wait_a_little(item.number); }))
      .then(stage(Concurrency::kPerLane,
                  [&](Item& item) {
                    const auto lane = static_cast<std::size_t>(item.lane);
                    if (++inside[lane] != 1 || item.segment->core_begin <= last[lane]) ++violations;
                    last[lane] = item.segment->core_begin;
                    sums[lane] += item.segment->core_begin;
                    --inside[lane];
                  }))
      .to([](Item&) {});
  graph.run();
  EXPECT_EQ(violations, 0);
  EXPECT_EQ(sums[0] + sums[1] + sums[2], 599 * 600 / 2);
}

TEST(Graph, AccountsForEveryOneOfAHundredThousandItems) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 64});
  std::int64_t written = 0;
  std::int64_t failures = 0;
  graph.from(counting_feed(100000))
      .then(stage(Concurrency::kUnlimited,
                  [](Item& item) {
                    std::minstd_rand random(static_cast<unsigned>(item.number + 1));
                    random.discard(3);
                    if (random() % 10 == 0) throw std::runtime_error("random");
                  }))
      .to([&](Item& item) {
        ++written;
        failures += item.failure ? 1 : 0;
      });
  graph.run();
  const RunReport report = graph.report();
  EXPECT_EQ(report.entered, 100000);
  EXPECT_EQ(report.left, written);
  EXPECT_EQ(report.entered, report.left + report.dropped);
  EXPECT_EQ(report.failed, failures);
  EXPECT_GT(failures, 8000);
}

TEST(Graph, ReportsEachStagesItemsAndTime) {
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 4});
  graph.from(counting_feed(10))
      .then(stage(Concurrency::kUnlimited,
                  [](Item&) { std::this_thread::sleep_for(microseconds(500)); }))
      .to([](Item&) {});
  graph.run();
  const RunReport report = graph.report();
  ASSERT_EQ(report.stages.size(), 3u);
  EXPECT_EQ(report.stages[0].name, "read");
  EXPECT_EQ(report.stages[1].items, 10);
  EXPECT_GE(report.stages[1].busy_seconds, 0.005);
  EXPECT_GE(report.stages[1].busy_seconds, report.stages[1].longest_seconds);
}

class GraphThreads : public testing::TestWithParam<int> {};

TEST_P(GraphThreads, GivesTheSameRecordsForAnyNumberOfThreads) {
  const ThreadBudget budget(GetParam());
  Graph graph({.in_flight = 8});
  std::string text;
  std::int64_t running = 0;
  graph.from(counting_feed(200))
      .then(stage(Concurrency::kUnlimited, [](Item& item) { wait_a_little(item.number); }))
      .then(stage(Concurrency::kPerLane,
                  [&](Item& item) {
                    running = running * 31 % 1000003 + item.segment->core_begin;
                    item.segment->length = running;
                  }))
      .to([&](Item& item) { text += std::to_string(item.segment->length) + ' '; });
  graph.run();
  std::string expected;
  std::int64_t value = 0;
  for (int i = 0; i < 200; ++i) {
    value = value * 31 % 1000003 + i;
    expected += std::to_string(value) + ' ';
  }
  EXPECT_EQ(text, expected);
}

INSTANTIATE_TEST_SUITE_P(Threads, GraphThreads, testing::Values(1, 2, 4));

TEST(Graph, ShowsWhetherTheThreadsInsideItsStagesCompute) {
  const ThreadBudget budget(2);
  std::atomic<bool> spins{true}, waits{false};
  std::mutex mutex;
  std::condition_variable changed;
  bool released = false;
  Graph graph({.in_flight = 1});
  graph.from(counting_feed(1))
      .then(stage(Concurrency::kSerial,
                  [&](Item&) {
                    while (spins) {
                    }
                    std::unique_lock lock(mutex);
                    waits = true;
                    changed.wait(lock, [&] { return released; });
                  }))
      .to([](Item&) {});
  std::thread run([&graph] { graph.run(); });
  const auto worked = [&graph] { return graph.report().stages[1].busy_seconds; };
  const auto goes_on = [&worked] {
    const double before = worked();
    while (worked() == before) std::this_thread::yield();
    return true;
  };
  // A thread that waits has used the last of its time by one of these looks; one that computes, or
  // time that is no processor's, goes on between all of them.
  const auto stands_still = [&worked] {
    for (int looks = 0; looks < 100; ++looks) {
      const double before = worked();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (worked() == before) return true;
    }
    return false;
  };
  EXPECT_TRUE(goes_on());
  spins = false;
  while (!waits) std::this_thread::yield();
  { const std::scoped_lock lock(mutex); }  // it waits by now
  EXPECT_TRUE(stands_still());
  {
    const std::scoped_lock lock(mutex);
    released = true;
  }
  changed.notify_all();
  run.join();
  EXPECT_EQ(graph.report().stages[1].items, 1);
}

}  // namespace
}  // namespace heddle::pipeline
