#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

namespace heddle::attention {
namespace {

class Moba final : public Selector {
 public:
  explicit Moba(const BlockChoice& choice) : choice_(choice) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("moba", input);
    const std::int64_t tokens = input.keys.shape[1];
    std::vector<LaneRows> sums;  // by key head
    for (std::int64_t head = 0; head < input.keys.shape[0]; ++head) {
      LaneRows& sum = sums.emplace_back(tokens / choice_.block + 1, input.keys.shape[2]);
      for (std::int64_t k = 0; k < tokens; ++k) {
        sum.add(k / choice_.block, row_of(input.keys, head, k));
      }
    }
    const float mean = 1.0f / static_cast<float>(choice_.block);
    return choose_blocks(
        input,
        choice_,
        [&](std::int64_t head, PositionRange queries, std::int64_t blocks, ScoreTable& table) {
          point_at(input, head, queries, table);
          table.fill(sums[static_cast<std::size_t>(kv_head_of(input, head))], input.keys.shape[2]);
          for (std::int64_t row = 0; row < queries.size(); ++row) {
            float* scores = table.row(row);
            for (std::int64_t b = 0; b < blocks; ++b) scores[b] *= mean;
          }
        });
  }
  std::string text() const override {
    return "moba(" + std::to_string(choice_.block) + "," + std::to_string(choice_.top) + ")";
  }

 private:
  BlockChoice choice_;
};

}  // namespace

std::unique_ptr<Selector> moba(std::int64_t block, std::int64_t top) {
  require_range("moba: block", block, 1, kMaxPosition);
  require_range("moba: top", top, 1, kMaxPosition);
  return std::make_unique<Moba>(BlockChoice{block, top});
}

}  // namespace heddle::attention
