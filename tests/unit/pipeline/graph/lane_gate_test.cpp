#include "pipeline/lane_gate.h"

#include "pipeline/per_lane.h"
#include "tests/unit/pipeline/graph/on_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace heddle::pipeline {
namespace {

struct Shuffled {
  /// `count` messages dealt out to `lanes`, in an order that no gate would let through.
  Shuffled(Entrance& entrance, int count, int lanes) {
    for (int i = 0; i < count; ++i) {
      messages.push_back(std::make_shared<Message>(entrance, item_of(i, i % lanes)));
      messages.back()->lane_number = i / lanes;
    }
    std::shuffle(messages.begin(), messages.end(), std::mt19937(7));
  }
  std::vector<MessagePtr> messages;
};

TEST(LaneGateOnThreads, KeepsTheOrderOfEachLaneWhoeverBringsTheMessages) {
  constexpr int kLanes = 3, kThreads = 4;
  Entrance entrance({}, [](MessagePtr) {});
  LaneGate gate(true, entrance);
  Shuffled all(entrance, 3000, kLanes);
  std::vector<std::vector<std::int64_t>> seen(kLanes);  // no lock: the gate is the lock
  on_threads(kThreads, [&](int thread) {
    for (std::size_t i = static_cast<std::size_t>(thread); i < all.messages.size(); i += kThreads) {
      gate.arrive(std::move(all.messages[i]), [&](const MessagePtr& message) {
        seen[static_cast<std::size_t>(message->item().lane)].push_back(message->item().number);
      });
    }
  });
  for (const std::vector<std::int64_t>& lane : seen) {
    EXPECT_EQ(lane.size(), 1000u);
    EXPECT_TRUE(std::is_sorted(lane.begin(), lane.end()));
  }
}

TEST(LaneGateOnThreads, GivesOneOrderForAllLanesWhenItIsSerial) {
  constexpr int kThreads = 4;
  Entrance entrance({}, [](MessagePtr) {});
  LaneGate gate(false, entrance);
  Shuffled all(entrance, 2000, 5);
  std::vector<std::int64_t> seen;
  on_threads(kThreads, [&](int thread) {
    for (std::size_t i = static_cast<std::size_t>(thread); i < all.messages.size(); i += kThreads) {
      gate.arrive(std::move(all.messages[i]),
                  [&](const MessagePtr& message) { seen.push_back(message->item().number); });
    }
  });
  EXPECT_EQ(seen.size(), 2000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(PerLaneOnThreads, MakesEachLanesStateOnce) {
  constexpr int kLanes = 4;
  PerLane<int> states;
  on_threads(kLanes, [&](int lane) {
    for (int i = 0; i < 500; ++i) ++states.of(lane, [] { return std::make_unique<int>(0); });
  });
  int lanes = 0;
  states.each([&](int count) {
    EXPECT_EQ(count, 500);
    ++lanes;
  });
  EXPECT_EQ(lanes, kLanes);
}

}  // namespace
}  // namespace heddle::pipeline
