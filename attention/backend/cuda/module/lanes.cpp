#include "attention/backend/cuda/module/lanes.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace heddle::attention::cuda {
namespace {

/// What an item costs beside its stages, in stages: its queries, its first product, its output.
constexpr std::int64_t kItemCost = 1;

}  // namespace

Lanes make_lanes(const std::vector<Item>& items, int most) {
  const auto count = std::min<std::size_t>(items.size(), static_cast<std::size_t>(most));
  std::vector<std::vector<Item>> of(count);
  using Load = std::pair<std::int64_t, std::size_t>;  // stages, lane
  std::priority_queue<Load, std::vector<Load>, std::greater<>> least;
  for (std::size_t lane = 0; lane < count; ++lane) least.emplace(0, lane);
  for (const Item& item : items) {
    const auto [load, lane] = least.top();
    least.pop();
    of[lane].push_back(item);
    least.emplace(load + item.stages + kItemCost, lane);
  }
  Lanes lanes;
  lanes.begin.push_back(0);
  for (const std::vector<Item>& lane : of) {
    lanes.items.insert(lanes.items.end(), lane.begin(), lane.end());
    lanes.begin.push_back(static_cast<std::int64_t>(lanes.items.size()));
  }
  return lanes;
}

}  // namespace heddle::attention::cuda
