#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention {
namespace {

/// The smallest and largest element of each block's keys of one head, a channel.
struct Bounds {
  Bounds(const TensorView& keys, std::int64_t head, std::int64_t block)
      : lows(keys.shape[1] / block + 1, keys.shape[2], HUGE_VALF),
        highs(keys.shape[1] / block + 1, keys.shape[2], -HUGE_VALF) {
    for_lane_groups(keys.shape[1] / block + 1, [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t k = first * block; k < std::min(keys.shape[1], end * block); ++k) {
        add(row_of(keys, head, k), k / block);
      }
    });
  }

  LaneRows lows;
  LaneRows highs;

 private:
  void add(const float* key, std::int64_t block) {
    float* low = lows.row(block);
    float* high = highs.row(block);
    for (std::int64_t c = 0; c < lows.dim(); ++c) {
      low[c * kSummaryLanes] = std::min(low[c * kSummaryLanes], key[c]);
      high[c * kSummaryLanes] = std::max(high[c * kSummaryLanes], key[c]);
    }
  }
};

class Quest final : public Selector {
 public:
  explicit Quest(const BlockChoice& choice) : choice_(choice) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("quest", input);
    std::vector<Bounds> bounds;  // by key head
    for (std::int64_t head = 0; head < input.keys.shape[0]; ++head) {
      bounds.emplace_back(input.keys, head, choice_.block);
    }
    const QueryGroups groups(input, choice_.queries);
    return choose_blocks(
        groups.input(),
        choice_,
        [&](std::int64_t head, PositionRange queries, std::int64_t, ScoreTable& table) {
          const Bounds& own = bounds[static_cast<std::size_t>(kv_head_of(input, head))];
          point_at(groups.input(), head, queries, table);
          table.fill_bounds(own.lows, own.highs);
        });
  }
  std::string text() const override { return choice_.text("quest"); }

 private:
  BlockChoice choice_;
};

}  // namespace

std::unique_ptr<Selector> quest(std::int64_t block, std::int64_t top, std::int64_t queries) {
  const BlockChoice choice = {block, top, queries};
  require_choice("quest", choice);
  return std::make_unique<Quest>(choice);
}

}  // namespace heddle::attention
