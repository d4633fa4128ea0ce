#include "attention/selectors/block_summaries.h"
#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>

namespace heddle::attention {
namespace {

class Moba final : public Selector {
 public:
  explicit Moba(const BlockChoice& choice) : choice_(choice) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("moba", input);
    const SummarySpec spec = {.heads = static_cast<int>(input.keys.shape[0]),
                              .dim = static_cast<int>(input.keys.shape[2]),
                              .slots = input.keys.shape[1] / choice_.block + 1,
                              .block = choice_.block};
    BlockSummaries summaries(spec);
    for (int head = 0; head < spec.heads; ++head) {
      for (std::int64_t k = 0; k < input.keys.shape[1]; ++k) {
        summaries.add(head, k / choice_.block, row_of(input.keys, head, k));
      }
    }
    std::vector<float> room(BlockSummaries::score_room(spec));
    return choose_blocks(
        input, choice_, [&](std::int64_t head, std::int64_t q, std::span<float> scores) {
          const auto kv_head = static_cast<int>(kv_head_of(input, head));
          if (!scores.empty()) summaries.score(kv_head, row_of(input.queries, head, q), room);
          std::copy_n(room.begin(), scores.size(), scores.begin());
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
