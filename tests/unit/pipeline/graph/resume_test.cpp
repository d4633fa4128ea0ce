#include "io/snapshot.h"
#include "pipeline/graph.h"
#include "pipeline/threads.h"
#include "tests/unit/pipeline/graph/scripted.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>

namespace heddle::pipeline {
namespace {

constexpr int kItems = 40;

/// Adds up the items' numbers; the sum so far is the item's result.
class SummingStage : public Stage {
 public:
  enum class Keeps { kState, kNothing, kItemsSinceTen };
  explicit SummingStage(Keeps keeps) : keeps_(keeps) {}
  std::string_view name() const override { return "sum"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override {
    ++worked_on;
    if (keeps_ == Keeps::kItemsSinceTen && item.number % 10 == 0) {
      sum_ = 0;
      began_ = item.number;
    }
    sum_ += item.number;
    item.segment->length = sum_;
  }
  StageState save() override {
    if (keeps_ == Keeps::kNothing) return {};
    if (keeps_ == Keeps::kItemsSinceTen) return {began_, {}};
    io::Snapshot snapshot;
    snapshot(sum_);
    return {StageState::kNothing, snapshot.take()};
  }
  void load(const std::string& bytes) override {
    if (keeps_ != Keeps::kState) return;
    io::Snapshot snapshot(bytes);
    snapshot(sum_);
    snapshot.end();
  }
  int worked_on = 0;

 private:
  const Keeps keeps_;
  std::int64_t sum_ = 0;
  std::int64_t began_ = 0;
};

struct Outcome {
  std::vector<std::int64_t> results;
  std::vector<Checkpoint> checkpoints;
  int worked_on = 0;
};

Outcome run(SummingStage::Keeps keeps, const Checkpoint* from) {
  const ThreadBudget budget(4);
  Graph graph({.in_flight = 6});
  auto summing = std::make_unique<SummingStage>(keeps);
  const SummingStage& asked = *summing;
  Outcome outcome;
  graph.from(counting_feed(kItems)).then(std::move(summing)).to([&](Item& item) {
    outcome.results.push_back(item.segment->length);
  });
  graph.mark_when([](std::int64_t item) { return item % 3 == 1; },
                  [&](const Checkpoint& at) {
                    EXPECT_EQ(at.items,
                              static_cast<std::int64_t>(outcome.results.size()) +
                                  (from != nullptr ? from->items : 0));
                    outcome.checkpoints.push_back(at);
                  });
  if (from != nullptr) graph.resume(*from);
  graph.run();
  outcome.worked_on = asked.worked_on;
  return outcome;
}

class GraphResume : public testing::TestWithParam<SummingStage::Keeps> {};

TEST_P(GraphResume, FromAnyCheckpointGivesTheRestOfTheSameResults) {
  const Outcome whole = run(GetParam(), nullptr);
  ASSERT_EQ(whole.results.size(), static_cast<std::size_t>(kItems));
  ASSERT_EQ(whole.checkpoints.size(), 13u);
  for (const Checkpoint& from : whole.checkpoints) {
    const Outcome rest = run(GetParam(), &from);
    const std::vector<std::int64_t> expected(whole.results.begin() + from.items,
                                             whole.results.end());
    EXPECT_EQ(rest.results, expected) << from.items;
    const std::int64_t again = std::max<std::int64_t>(0, from.items - from.stages[0].replay_from);
    EXPECT_EQ(rest.worked_on, kItems - from.items + again);
  }
}

INSTANTIATE_TEST_SUITE_P(Stages,
                         GraphResume,
                         testing::Values(SummingStage::Keeps::kState,
                                         SummingStage::Keeps::kNothing,
                                         SummingStage::Keeps::kItemsSinceTen));

TEST(Graph, AStageWithStateWorksAgainWhereALaterOneNeedsItsResults) {
  const ThreadBudget budget(4);
  const auto run_two = [](const Checkpoint* from, Checkpoint& last) {
    Graph graph({.in_flight = 6});
    auto total = std::make_shared<std::int64_t>(0);
    graph.from(counting_feed(kItems))
        .then(std::make_unique<SummingStage>(SummingStage::Keeps::kState))
        .then(stage(Concurrency::kPerLane,
                    [total](Item& item) { *total += item.segment->length; }))  // keeps nothing
        .to([](Item&) {});
    graph.mark_when([](std::int64_t item) { return item == 17; },
                    [&](const Checkpoint& at) { last = at; });
    if (from != nullptr) graph.resume(*from);
    graph.run();
    return *total;
  };
  Checkpoint at;
  const std::int64_t whole = run_two(nullptr, at);
  ASSERT_EQ(at.items, 18);
  Checkpoint none;
  EXPECT_EQ(run_two(&at, none), whole);
}

TEST(Graph, ARunThatWasStoppedGoesOnWhereItCameTo) {
  const ThreadBudget budget(4);
  for (const Inside inside : {Inside::kFinish, Inside::kDropUnstarted}) {
    Graph stopped({.in_flight = 8});
    int seen = 0;
    stopped.from(counting_feed(kItems))
        .then(std::make_unique<SummingStage>(SummingStage::Keeps::kState))
        .to([&](Item&) {
          if (++seen == 11) stopped.request_stop(inside);
        });
    stopped.run();
    const Checkpoint where = stopped.checkpoint().value();
    EXPECT_EQ(where.items, seen);
    const Outcome rest = run(SummingStage::Keeps::kState, &where);
    EXPECT_EQ(rest.results.size(), static_cast<std::size_t>(kItems - seen));
    EXPECT_EQ(rest.results.back(), kItems * (kItems - 1) / 2);
  }
}

TEST(Graph, ARunStoppedWhileItReadsAgainHasNoCheckpointOfItsOwn) {
  const ThreadBudget budget(4);
  const Outcome whole = run(SummingStage::Keeps::kNothing, nullptr);
  const Checkpoint& from = whole.checkpoints.back();
  Graph graph({.in_flight = 4});
  graph.from(counting_feed(kItems))
      .then(stage(Concurrency::kPerLane,
                  [&](Item& item) {
                    if (item.number == from.items / 2) graph.request_stop();
                  }))
      .to([](Item&) { FAIL() << "an old item came to the sink"; });
  graph.resume(from);
  graph.run();
  EXPECT_LT(graph.report().left, from.items);
  EXPECT_FALSE(graph.checkpoint().has_value());
}

TEST(Graph, ACheckpointOfOtherStagesIsRefused) {
  Graph graph({});
  graph.from(counting_feed(1)).then(std::make_unique<SummingStage>(SummingStage::Keeps::kState));
  EXPECT_THROW(graph.resume(Checkpoint{}), io::SnapshotError);
  EXPECT_THROW(graph.resume(Checkpoint{1, {StageState{0, "xy"}}}), io::SnapshotError);
}

}  // namespace
}  // namespace heddle::pipeline
