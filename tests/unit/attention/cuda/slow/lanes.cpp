#include "tests/unit/attention/cuda/slow/schedules.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace heddle::attention::cuda::slow {

std::vector<std::vector<std::int32_t>> make_lanes(const std::vector<Item>& items, int most) {
  const auto count = std::min<std::size_t>(items.size(), static_cast<std::size_t>(most));
  std::vector<std::vector<std::int32_t>> of(count);
  using Load = std::pair<std::int64_t, std::size_t>;  // stages, lane
  std::priority_queue<Load, std::vector<Load>, std::greater<>> least;
  for (std::size_t lane = 0; lane < count; ++lane) least.emplace(0, lane);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto [load, lane] = least.top();
    least.pop();
    of[lane].push_back(static_cast<std::int32_t>(i));
    least.emplace(load + items[i].stages + 1, lane);
  }
  return of;
}

}  // namespace heddle::attention::cuda::slow
