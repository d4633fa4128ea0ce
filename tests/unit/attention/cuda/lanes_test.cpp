#include "attention/backend/cuda/module/lanes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

std::vector<Item> items_of(const std::vector<int>& stages) {
  std::vector<Item> items;
  for (const int count : stages) items.push_back({.stages = count});
  return items;
}

std::int64_t stages_of(const Lanes& lanes, std::size_t lane) {
  std::int64_t sum = 0;
  for (std::int64_t i = lanes.begin[lane]; i < lanes.begin[lane + 1]; ++i) {
    sum += lanes.items[static_cast<std::size_t>(i)].stages;
  }
  return sum;
}

TEST(Lanes, GiveTheLaneOfALongItemFewerOthers) {
  std::vector<int> stages(1, 100);
  stages.resize(1 + 3 * 100, 1);
  const Lanes lanes = make_lanes(items_of(stages), 4);
  ASSERT_EQ(lanes.begin.size(), 5u);
  EXPECT_LT(lanes.begin[1] - lanes.begin[0], lanes.begin[2] - lanes.begin[1]);
  EXPECT_LE(stages_of(lanes, 0), 2 * stages_of(lanes, 1));
}

TEST(Lanes, HoldEveryItemOnce) {
  const Lanes lanes = make_lanes(items_of({9, 7, 7, 5, 3, 2, 1}), 3);
  std::vector<int> stages;
  for (const Item& item : lanes.items) stages.push_back(item.stages);
  std::sort(stages.rbegin(), stages.rend());
  EXPECT_EQ(stages, (std::vector<int>{9, 7, 7, 5, 3, 2, 1}));
}

TEST(Lanes, AreNoMoreThanThereAreItems) {
  EXPECT_EQ(make_lanes(items_of({4, 4}), 132).begin.size(), 3u);
  EXPECT_EQ(make_lanes({}, 132).begin.size(), 1u);
}

}  // namespace
}  // namespace heddle::attention::cuda
