#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention {
namespace {

/// The smallest and largest element of each block's keys, a channel: (heads, blocks, 2, dim).
class Bounds {
 public:
  Bounds(const TensorView& keys, std::int64_t block)
      : blocks_(keys.shape[1] / block + 1), dim_(keys.shape[2]) {
    bounds_.resize(static_cast<std::size_t>(keys.shape[0] * blocks_ * 2 * dim_));
    for (std::int64_t head = 0; head < keys.shape[0]; ++head) {
      for (std::int64_t b = 0; b < blocks_; ++b) {
        std::fill_n(low(head, b), dim_, HUGE_VALF);
        std::fill_n(low(head, b) + dim_, dim_, -HUGE_VALF);
      }
      for (std::int64_t k = 0; k < keys.shape[1]; ++k) widen(keys, head, k, low(head, k / block));
    }
  }

  float score(std::int64_t head, std::int64_t block, const float* query) const {
    const float* low = bounds_.data() + (head * blocks_ + block) * 2 * dim_;
    float sum = 0;
    for (std::int64_t c = 0; c < dim_; ++c) {
      sum += std::max(query[c] * low[c], query[c] * low[dim_ + c]);
    }
    return sum;
  }

 private:
  float* low(std::int64_t head, std::int64_t block) {
    return bounds_.data() + (head * blocks_ + block) * 2 * dim_;
  }
  void widen(const TensorView& keys, std::int64_t head, std::int64_t k, float* low) const {
    const float* key = row_of(keys, head, k);
    for (std::int64_t c = 0; c < dim_; ++c) {
      low[c] = std::min(low[c], key[c]);
      low[dim_ + c] = std::max(low[dim_ + c], key[c]);
    }
  }

  std::int64_t blocks_;
  std::int64_t dim_;
  std::vector<float> bounds_;
};

class Quest final : public Selector {
 public:
  explicit Quest(const BlockChoice& choice) : choice_(choice) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("quest", input);
    const Bounds bounds(input.keys, choice_.block);
    return choose_blocks(
        input, choice_, [&](std::int64_t head, std::int64_t q, std::span<float> scores) {
          const float* query = row_of(input.queries, head, q);
          for (std::size_t block = 0; block < scores.size(); ++block) {
            scores[block] =
                bounds.score(kv_head_of(input, head), static_cast<std::int64_t>(block), query);
          }
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
