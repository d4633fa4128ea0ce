#include "pipeline/threads.h"
#include "tests/unit/pipeline/graph/scripted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace heddle::pipeline {
namespace {

/// Writes down the size of every batch it is given.
class BatchCounter : public Stage {
 public:
  BatchCounter(int size, std::vector<std::size_t>& sizes, std::atomic<int>* seen = nullptr)
      : size_(size), sizes_(sizes), seen_(seen) {}
  std::string_view name() const override { return "batch"; }
  Concurrency concurrency() const override { return Concurrency::kUnlimited; }
  int batch_size() const override { return size_; }
  void process(Item& /*item*/) override {}
  void process_batch(std::span<Item*> items) override {
    const std::scoped_lock lock(mutex_);
    sizes_.push_back(items.size());
    if (seen_ != nullptr) *seen_ += static_cast<int>(items.size());
  }

 private:
  const int size_;
  std::mutex mutex_;
  std::vector<std::size_t>& sizes_;
  std::atomic<int>* seen_;
};

TEST(Batcher, SendsFullBatchesAndTheRestAtTheEnd) {
  const ThreadBudget budget(2);
  std::vector<std::size_t> sizes;
  Graph graph({.in_flight = 64, .batch_timeout = std::chrono::hours(1)});
  std::atomic<int> seen{0};
  auto feed = std::make_unique<ScriptedFeed>([&, i = 0](Item& item) mutable {
    if (i == 42) {  // the input does not end before ten full batches have come out
      for (int tries = 0; seen < 40 && tries < 2000; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      return false;
    }
    item.segment = Segment{};
    ++i;
    return true;
  });
  graph.from(std::move(feed)).then(std::make_unique<BatchCounter>(4, sizes, &seen)).to([](Item&) {
  });
  graph.run();
  EXPECT_EQ(graph.report().left, 42);
  EXPECT_EQ(std::count(sizes.begin(), sizes.end(), 4u), 10);
  EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()), 4u);
}

TEST(Batcher, OneBadItemDoesNotFailItsBatchMates) {
  class Picky : public BatchCounter {
   public:
    using BatchCounter::BatchCounter;
    void process_batch(std::span<Item*> items) override {
      BatchCounter::process_batch(items);
      for (const Item* item : items) {
        if (item->number == 5) throw std::runtime_error("cannot do 5");
      }
    }
  };
  const ThreadBudget budget(2);
  std::vector<std::size_t> sizes;
  Graph graph({.in_flight = 8});
  graph.from(counting_feed(12)).then(std::make_unique<Picky>(4, sizes)).to([](Item& item) {
    EXPECT_EQ(item.failure.has_value(), item.number == 5) << item.number;
  });
  graph.run();
  EXPECT_EQ(graph.report().failed, 1);
}

TEST(Batcher, ItemsOfAFailedBatchKeepOneRecordEach) {
  class Appending : public BatchCounter {
   public:
    using BatchCounter::BatchCounter;
    void process_batch(std::span<Item*> items) override {
      BatchCounter::process_batch(items);
      for (Item* item : items) {
        if (item->number % 8 == 7) throw std::runtime_error("cannot do this one");
        item->records.emplace_back(io::SequenceEnd{});
      }
    }
  };
  const ThreadBudget budget(2);
  std::vector<std::size_t> sizes;
  Graph graph({.in_flight = 8, .batch_timeout = std::chrono::hours(1)});
  const auto came_with_one = [](Item& item) { item.records.emplace_back(io::SequenceStart{}); };
  graph.from(counting_feed(32))
      .then(stage(Concurrency::kUnlimited, came_with_one))
      .then(std::make_unique<Appending>(8, sizes))
      .to([](Item& item) {
        EXPECT_EQ(item.records.size(), 2u) << item.number << ": its own and one more";
      });
  graph.run();
  EXPECT_EQ(graph.report().failed, 4);
}

TEST(Batcher, DoesNotDeadlockWithALimiterSmallerThanTheBatch) {
  const ThreadBudget budget(2);
  std::vector<std::size_t> sizes;
  Graph graph({.in_flight = 3, .batch_timeout = std::chrono::hours(1)});
  graph.from(counting_feed(30)).then(std::make_unique<BatchCounter>(16, sizes)).to([](Item&) {});
  graph.run();
  EXPECT_EQ(graph.report().left, 30);
}

TEST(Batcher, FlushesWhenTheByteLimitKeepsTheBatchFromFilling) {
  const ThreadBudget budget(2);
  std::vector<std::size_t> sizes;
  Graph graph({.in_flight = 100, .bytes_in_flight = 200, .batch_timeout = std::chrono::hours(1)});
  graph.from(counting_feed(40, 100)).then(std::make_unique<BatchCounter>(16, sizes)).to([](Item&) {
  });
  graph.run();
  EXPECT_EQ(graph.report().left, 40);
  EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()), 2u);
}

TEST(Batcher, FlushesAnIncompleteBatchAfterTheTimeoutWhileTheSourceIsSilent) {
  const ThreadBudget budget(2);
  std::vector<std::size_t> sizes;
  Graph graph({.in_flight = 100, .batch_timeout = std::chrono::milliseconds(5)});
  std::atomic<int> left{0};
  auto feed = std::make_unique<ScriptedFeed>([&, i = 0](Item& item) mutable {
    if (i == 3) {  // a source that says nothing until the first three have come out
      for (int tries = 0; left < 3 && tries < 2000; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(left, 3);
      return false;
    }
    item.segment = Segment{};
    ++i;
    return true;
  });
  graph.from(std::move(feed)).then(std::make_unique<BatchCounter>(16, sizes)).to([&](Item&) {
    ++left;
  });
  graph.run();
  EXPECT_EQ(graph.report().left, 3);
}

}  // namespace
}  // namespace heddle::pipeline
