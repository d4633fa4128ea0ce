#include "attention/backend/cuda/module/lanes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

ItemList items_of(const std::vector<int>& stages) {
  std::vector<TileStages> tiles;
  for (const int count : stages) tiles.push_back({.stages = count});
  return make_items(tiles, {}, {.longest = 1 << 20});
}

std::int64_t stages_of(const ItemList& items, const Lanes& lanes, std::size_t lane) {
  const std::vector<Item> all = items.expanded();
  std::int64_t sum = 0;
  for (std::int64_t i = lanes.begin[lane]; i < lanes.begin[lane + 1]; ++i) {
    sum += all[static_cast<std::size_t>(lanes.items[static_cast<std::size_t>(i)])].stages;
  }
  return sum;
}

TEST(Lanes, GiveTheLaneOfALongItemFewerOthers) {
  std::vector<int> stages(1, 100);
  stages.resize(1 + 3 * 100, 1);
  const ItemList items = items_of(stages);
  const Lanes lanes = make_lanes(items, 4);
  ASSERT_EQ(lanes.begin.size(), 5u);
  EXPECT_LT(lanes.begin[1] - lanes.begin[0], lanes.begin[2] - lanes.begin[1]);
  EXPECT_LE(stages_of(items, lanes, 0), 2 * stages_of(items, lanes, 1));
}

TEST(Lanes, HoldEveryItemOnce) {
  std::vector<std::int32_t> items = make_lanes(items_of({9, 7, 7, 5, 3, 2, 1}), 3).items;
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Lanes, AreNoMoreThanThereAreItems) {
  EXPECT_EQ(make_lanes(items_of({4, 4}), 132).begin.size(), 3u);
  EXPECT_EQ(make_lanes(ItemList(), 132).begin.size(), 1u);
}

}  // namespace
}  // namespace heddle::attention::cuda
