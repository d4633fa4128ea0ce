#include "pipeline/threads.h"

#include "tests/unit/pipeline/graph/scripted.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <filesystem>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

int threads_of_this_process() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    ++count;
  return count;
}

TEST(ThreadBudget, KeepsTheProcessToItsComputeThreadsAndOneReader) {
  const int before = threads_of_this_process();
  const ThreadBudget budget(2);
  Graph graph({.in_flight = 16});
  std::atomic<int> most{0};
  graph.from(counting_feed(2000))
      .then(stage(Concurrency::kUnlimited,
                  [&](Item&) {
                    volatile double x = 1;
                    for (int i = 0; i < 2000; ++i) x = x * 1.0000001;
                  }))
      .then(stage(Concurrency::kSerial,
                  [&](Item&) { most = std::max(most.load(), threads_of_this_process()); }))
      .to([](Item&) {});
  graph.run();
  // One TBB worker beside the caller, and the reader.
  EXPECT_LE(most, before + 2);
}

TEST(ThreadBudget, GivesEveryComputeThreadAnOpenMPTeamOfOne) {
  const ThreadBudget budget(4);
  Graph graph({.in_flight = 16});
  std::atomic<int> largest{0};
  graph.from(counting_feed(500))
      .then(stage(Concurrency::kUnlimited,
                  [&](Item&) { largest = std::max(largest.load(), omp_get_max_threads()); }))
      .to([](Item&) {});
  graph.run();
  EXPECT_EQ(largest, 1);
}

TEST(ThreadBudget, RefusesANumberOfThreadsThatMakesNoSense) {
  EXPECT_THROW(ThreadBudget(0), std::invalid_argument);
  EXPECT_THROW(ThreadBudget(-3), std::invalid_argument);
  EXPECT_GE(available_threads(), 1);
}

}  // namespace
}  // namespace heddle::pipeline
