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
    for (std::int64_t k = 0; k < keys.shape[1]; ++k) {
      const float* key = row_of(keys, head, k);
      float* low = lows.row(k / block);
      float* high = highs.row(k / block);
      for (std::int64_t c = 0; c < keys.shape[2]; ++c) {
        low[c * kSummaryLanes] = std::min(low[c * kSummaryLanes], key[c]);
        high[c * kSummaryLanes] = std::max(high[c * kSummaryLanes], key[c]);
      }
    }
  }

  LaneRows lows;
  LaneRows highs;
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
    return choose_blocks(
        input,
        choice_,
        [&](std::int64_t head, PositionRange queries, std::int64_t, ScoreTable& table) {
          const Bounds& own = bounds[static_cast<std::size_t>(kv_head_of(input, head))];
          point_at(input, head, queries, table);
          table.fill_bounds(own.lows, own.highs);
        });
  }
  std::string text() const override {
    return "quest(" + std::to_string(choice_.block) + "," + std::to_string(choice_.top) + ")";
  }

 private:
  BlockChoice choice_;
};

}  // namespace

std::unique_ptr<Selector> quest(std::int64_t block, std::int64_t top) {
  require_range("quest: block", block, 1, kMaxPosition);
  require_range("quest: top", top, 1, kMaxPosition);
  return std::make_unique<Quest>(BlockChoice{block, top});
}

}  // namespace heddle::attention
