#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

namespace heddle::attention {
namespace {

class Moba final : public Selector {
 public:
  explicit Moba(const BlockChoice& choice) : choice_(choice) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("moba", input);
    std::vector<LaneRows> sums;  // by key head
    for (std::int64_t head = 0; head < input.keys.shape[0]; ++head) {
      sums.push_back(block_sums(input.keys, head, choice_.block, 1));
    }
    const float mean = 1.0f / static_cast<float>(choice_.block);
    const QueryGroups groups(input, choice_.queries);
    return choose_blocks(
        groups.input(),
        choice_,
        [&](std::int64_t head, PositionRange queries, std::int64_t blocks, ScoreTable& table) {
          point_at(groups.input(), head, queries, table);
          table.fill(sums[static_cast<std::size_t>(kv_head_of(input, head))], input.keys.shape[2]);
          for (std::int64_t row = 0; row < queries.size(); ++row) {
            float* scores = table.row(row);
            for (std::int64_t b = 0; b < blocks; ++b) scores[b] *= mean;
          }
        });
  }
  std::string text() const override { return choice_.text("moba"); }

 private:
  BlockChoice choice_;
};

}  // namespace

std::unique_ptr<Selector> moba(std::int64_t block, std::int64_t top, std::int64_t queries) {
  const BlockChoice choice = {block, top, queries};
  require_choice("moba", choice);
  return std::make_unique<Moba>(choice);
}

}  // namespace heddle::attention
