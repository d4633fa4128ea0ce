#include "pipeline/assignment.h"
#include "pipeline/associations/attention.h"
#include "pipeline/associations/attention_stage.h"
#include "pipeline/associations/box_filter.h"
#include "pipeline/associations/grouping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

double cheapest_by_trying_all(const std::vector<double>& costs, int rows, int columns) {
  std::vector<int> order(columns);
  std::iota(order.begin(), order.end(), 0);
  double best = 1e9;
  do {
    double sum = 0;
    for (int i = 0; i < rows; ++i) sum += costs[i * columns + order[i]];
    best = std::min(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Assign, FindsTheCheapestOfAllPairings) {
  std::uint32_t seed = 1;
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> costs(4 * 6);
    for (double& cost : costs) {
      seed = seed * 1664525U + 1013904223U;
      cost = static_cast<double>(seed >> 8) / (1 << 24);
    }
    const std::vector<int> chosen = assign(costs, 4, 6);
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += costs[i * 6 + chosen[i]];
    EXPECT_NEAR(sum, cheapest_by_trying_all(costs, 4, 6), 1e-9);
  }
}

TEST(Assign, LeavesRowsOutWhenColumnsAreFewOrForbidden) {
  EXPECT_EQ(assign(std::vector<double>{3, 1, 2}, 3, 1), (std::vector<int>{-1, 0, -1}));
  EXPECT_EQ(assign(std::vector<double>{kForbidden, kForbidden}, 1, 2), std::vector<int>{-1});
  EXPECT_EQ(assign({}, 2, 0), (std::vector<int>{-1, -1}));
  EXPECT_THROW(assign(std::vector<double>{1}, 2, 2), std::invalid_argument);
}

TEST(BoxFilter, PredictsConstantVelocity) {
  BoxFilter filter({0, 0, 20, 40});
  for (int i = 1; i <= 30; ++i) {
    filter.predict();
    filter.correct({3.0 * i, -1.0 * i, 20, 40}, 0.5);
  }
  filter.predict();
  EXPECT_NEAR(filter.box().x, 93, 0.5);
  EXPECT_NEAR(filter.box().y, -31, 0.5);
  EXPECT_NEAR(filter.velocity_x(), 3, 0.1);
}

TEST(MovedInside, MovesByTheLeastAndCentresWhatIsLarger) {
  EXPECT_EQ(moved_inside({-5, 2, 10, 10}, {0, 0, 100, 100}).x, 0);
  EXPECT_EQ(moved_inside({95, 2, 10, 10}, {0, 0, 100, 100}).x, 90);
  EXPECT_EQ(moved_inside({0, 0, 30, 10}, {40, 0, 10, 100}).x, 30);
}

/// Feeds boxes to an association without memory.
class Scene {
 public:
  /// `rounding`: seconds that the stamps are whole numbers of; 0: exact.
  explicit Scene(double rate = 25, double rounding = 0) : rate_(rate), rounding_(rounding) {}

  std::vector<io::Track> show(const std::vector<Box>& boxes, double change = 1) {
    io::Frame frame;
    frame.number = next_;
    frame.seconds = static_cast<double>(next_++) / rate_;
    if (rounding_ > 0) frame.seconds = rounding_ * std::round(frame.seconds / rounding_);
    frame.width = 1000;
    frame.height = 500;
    std::vector<Detection> detections;
    for (const Box& box : boxes) detections.push_back({box, 1, change});
    return association_.update(frame, detections);
  }
  const AttentionAssociation& association() const { return association_; }

 private:
  static AssociationSettings settings() {
    AssociationSettings s;
    s.memory = false;
    return s;
  }
  AttentionAssociation association_{settings(), nullptr};
  double rate_, rounding_;
  std::int64_t next_ = 0;
};

Box walker(int step, double y) { return {100.0 + 6 * step, y, 30, 60}; }

TEST(Association, AMovingThingIsNewOnceThenTracked) {
  Scene scene;
  std::vector<State> states;
  for (int i = 0; i < 20; ++i) {
    for (const auto& track : scene.show({walker(i, 100)})) {
      EXPECT_EQ(track.id, 1);
      states.push_back(track.state);
    }
  }
  ASSERT_GT(states.size(), 5U);
  EXPECT_EQ(states.front(), State::kNew);
  EXPECT_EQ(std::count(states.begin(), states.end(), State::kNew), 1);
  EXPECT_EQ(states.back(), State::kTracked);
}

TEST(Association, WhatOnlyFlickersInPlaceGetsNoIdentity) {
  Scene scene;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(scene.show({{300, 200, 30, 30}}).empty());
}

TEST(Association, WhatCreepsButNeverChangesGetsNoIdentity) {
  Scene scene;
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(scene.show({walker(i, 100)}, 0).empty());
}

/// A walker seen for a second, then gone for as long as it takes to be forgotten.
std::vector<std::pair<std::int64_t, State>> seen_and_forgotten(double rate, double rounding) {
  Scene scene(rate, rounding);
  std::vector<std::pair<std::int64_t, State>> told;
  for (int i = 0; i < static_cast<int>(4 * rate); ++i) {
    const bool there = i < static_cast<int>(rate);
    for (const auto& track : scene.show(there ? std::vector{walker(i, 100)} : std::vector<Box>{})) {
      told.emplace_back(track.frame, track.state);
    }
  }
  return told;
}

TEST(Association, DecidesTheSameWhenStampsAreRoundedToMilliseconds) {
  for (const double rate : {15.0, 24000.0 / 1001, 24.0, 25.0, 30000.0 / 1001, 30.0, 50.0, 60.0}) {
    EXPECT_EQ(seen_and_forgotten(rate, 0.001), seen_and_forgotten(rate, 0)) << rate;
  }
}

TEST(Association, AGapIsLostThenRecovered) {
  Scene scene;
  std::vector<State> states;
  for (int i = 0; i < 30; ++i) {
    const bool hidden = i >= 15 && i < 18;
    const auto tracks = scene.show(hidden ? std::vector<Box>{} : std::vector{walker(i, 100)});
    if (i >= 14) {
      ASSERT_EQ(tracks.size(), 1U);
      EXPECT_EQ(tracks[0].id, 1);
      states.push_back(tracks[0].state);
    }
  }
  const std::vector<State> wanted{State::kTracked,
                                  State::kLost,
                                  State::kLost,
                                  State::kLost,
                                  State::kRecovered,
                                  State::kTracked};
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), states.begin()));
}

TEST(Association, AnObjectThatStaysAwayEndsOnceAndItsIdIsNotUsedAgain) {
  Scene scene;
  for (int i = 0; i < 25; ++i) scene.show({walker(i, 100)});
  int ended = 0;
  for (int i = 0; i < 200; ++i) {
    for (const auto& track : scene.show({})) ended += track.state == State::kEnded ? 1 : 0;
  }
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(scene.association().live_objects(), 0U);
  std::set<std::int64_t> ids;
  for (int i = 0; i < 25; ++i) {
    for (const auto& track : scene.show({walker(i, 100)})) ids.insert(track.id);
  }
  EXPECT_EQ(ids, std::set<std::int64_t>{2});
}

TEST(Association, ObjectsThatShareOneBlobKeepTheirIdentities) {
  Scene scene;
  std::vector<io::Track> tracks;
  for (int i = 0; i < 60; ++i) {
    const Box a{100.0 + 6 * i, 100, 30, 60}, b{460.0 - 6 * i, 110, 30, 60};
    const bool one_blob = overlap_area(a, b) > 0;
    tracks = scene.show(one_blob ? std::vector{union_of(a, b)} : std::vector{a, b});
  }
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks[0].id, 1);
  EXPECT_EQ(tracks[1].id, 2);
  EXPECT_GT(std::abs(tracks[0].x - tracks[1].x), 300);
  EXPECT_EQ(scene.association().identities(), 2);
}

TEST(Association, WalkersWhoShareOneBlobForTwelveSecondsAreOne) {
  Scene scene;
  std::vector<io::Track> tracks;
  int ended = 0;
  for (int i = 0; i < 20 + 12 * 25; ++i) {
    const Box a{50.0 + 2 * i, 100, 30, 60},
        b{80.0 + 2 * i, 100 + std::max(0.0, 100.0 - 5 * i), 30, 60};
    tracks = scene.show(i < 20 ? std::vector{a, b} : std::vector{union_of(a, b)});
    for (const auto& track : tracks) ended += track.state == State::kEnded ? 1 : 0;
    if (i == 20 + 7 * 25) {
      EXPECT_EQ(tracks.size(), 2U);
    }
  }
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(tracks.size(), 1U);
  EXPECT_EQ(scene.association().live_objects(), 1U);
  EXPECT_EQ(scene.association().identities(), 2);
}

TEST(Association, PiecesOfOneObjectAreJoined) {
  Scene scene;
  std::vector<io::Track> tracks;
  for (int i = 0; i < 40; ++i) {
    const Box whole = walker(i, 100);
    const Box head{whole.x, whole.y, 30, 25}, legs{whole.x, whole.y + 28, 30, 32};
    tracks = scene.show(i % 5 == 4 ? std::vector{head, legs} : std::vector{whole});
  }
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_NEAR(tracks[0].height, 60, 3);
}

TEST(Association, TheStageCarriesNobodyOverALongGap) {
  AssociationSettings settings;
  settings.memory = false;
  AssociationStage stage(settings, std::nullopt);
  std::set<std::int64_t> before;
  std::set<std::int64_t> after;
  for (std::int64_t number = 0; number < 60; ++number) {
    Item item;
    item.frame.emplace();
    item.frame->number = number;
    item.frame->seconds = static_cast<double>(number) / 25 + (number < 30 ? 0 : 60);
    item.frame->after_gap = number == 30;
    item.frame->width = 1000;
    item.frame->height = 500;
    item.frame->bgr.assign(std::size_t{1000} * 500 * 3, 90);
    item.detections = {{walker(static_cast<int>(number), 100), 1, 1}};
    stage.process(item);
    for (const io::Record& record : item.records) {
      const auto& track = std::get<io::Track>(record);
      if (track.state == State::kEnded) continue;
      (number < 30 ? before : after).insert(track.id);
    }
  }
  EXPECT_EQ(before, (std::set<std::int64_t>{1}));
  EXPECT_EQ(after, (std::set<std::int64_t>{2}));
}

TEST(Association, NeedsANetworkForMemory) {
  EXPECT_THROW(AttentionAssociation({}, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
