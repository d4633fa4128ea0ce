#include "attention/backend/cuda/module/lanes.h"

#include <algorithm>
#include <utility>

namespace heddle::attention::cuda {
namespace {

struct Load {
  std::int64_t stages = 0;
  std::int32_t lane = 0;
  auto operator<=>(const Load&) const = default;
};

/// Lanes by load, the least first; what was dealt is noted and written out at the end.
class Dealer {
 public:
  Dealer(std::int64_t items, std::size_t lanes) : lane_of_(static_cast<std::size_t>(items)) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      loads_.push_back({0, static_cast<std::int32_t>(lane)});
    }
  }

  void deal(std::int64_t first, std::int64_t count, std::int64_t cost) {
    const auto lanes = static_cast<std::int64_t>(loads_.size());
    const std::int64_t end = first + count;
    while (first < end) {
      // After a round in which each lane took one, all are as far apart as before.
      const Load next{loads_.front().stages + cost, loads_.front().lane};
      if (next > loads_.back() && end - first >= lanes) {
        const std::int64_t rounds = (end - first) / lanes;
        for (std::int64_t round = 0; round < rounds; ++round) {
          for (const Load& load : loads_) lane_of_[static_cast<std::size_t>(first++)] = load.lane;
        }
        for (Load& load : loads_) load.stages += rounds * cost;
        continue;
      }
      lane_of_[static_cast<std::size_t>(first++)] = next.lane;
      sink(next);
    }
  }

  Lanes lanes() const {
    Lanes made;
    made.begin.assign(loads_.size() + 1, 0);
    for (const std::int32_t lane : lane_of_) ++made.begin[static_cast<std::size_t>(lane) + 1];
    for (std::size_t i = 1; i < made.begin.size(); ++i) made.begin[i] += made.begin[i - 1];
    std::vector<std::int64_t> place(made.begin.begin(), made.begin.end() - 1);
    made.items.resize(lane_of_.size());
    for (std::size_t i = 0; i < lane_of_.size(); ++i) {
      const auto at = place[static_cast<std::size_t>(lane_of_[i])]++;
      made.items[static_cast<std::size_t>(at)] = static_cast<std::int32_t>(i);
    }
    return made;
  }

 private:
  /// The first lane takes `load` and goes where it belongs.
  void sink(const Load& load) {
    const auto at = std::lower_bound(loads_.begin() + 1, loads_.end(), load);
    std::move(loads_.begin() + 1, at, loads_.begin());
    *(at - 1) = load;
  }

  std::vector<Load> loads_;
  std::vector<std::int32_t> lane_of_;  // each item's
};

}  // namespace

Lanes make_lanes(const ItemList& items, int most) {
  const std::int64_t count = items.size();
  Dealer dealer(count, static_cast<std::size_t>(std::min<std::int64_t>(count, most)));
  for (const ItemRun& run : items.runs) {
    dealer.deal(run.first_item, std::int64_t{run.parts} * run.sharers, run.cost);
  }
  return dealer.lanes();
}

}  // namespace heddle::attention::cuda
