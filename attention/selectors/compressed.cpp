#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention {
namespace {

class Compressed final : public Selector {
 public:
  explicit Compressed(const BlockChoice& choice) : choice_(choice) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("compressed", input);
    std::vector<LaneRows> means;  // by key head
    for (std::int64_t head = 0; head < input.keys.shape[0]; ++head) {
      means.push_back(
          block_sums(input.keys, head, choice_.block, static_cast<float>(choice_.block)));
    }
    const QueryGroups groups(input, choice_.queries);
    return choose_blocks(
        groups.input(),
        choice_,
        [&](std::int64_t head, PositionRange queries, std::int64_t blocks, ScoreTable& table) {
          ScoreTable logits;
          logits.size(queries.size(), blocks);
          const std::int64_t kv_head = kv_head_of(input, head);
          const PositionRange group = heads_of(input, kv_head);
          for (std::int64_t row = 0; row < queries.size(); ++row) {
            std::fill_n(table.row(row), blocks, 0.0f);
          }
          for (std::int64_t other = group.begin; other < group.end; ++other) {
            point_at(groups.input(), other, queries, logits);
            logits.fill(means[static_cast<std::size_t>(kv_head)], input.keys.shape[2]);
            add_softmaxes(queries, input.keys.shape[2], logits, table);
          }
        });
  }
  std::string text() const override { return choice_.text("compressed"); }

 private:
  /// Scores of each query's closed blocks += softmax of their logits / sqrt(dim).
  void add_softmaxes(PositionRange queries,
                     std::int64_t dim,
                     ScoreTable& logits,
                     ScoreTable& scores) const {
    const float root = std::sqrt(static_cast<float>(dim));
    for (std::int64_t q = queries.begin; q < queries.end; ++q) {
      const std::span row(logits.row(q - queries.begin),
                          static_cast<std::size_t>(choice_.closed(q)));
      if (row.empty()) continue;
      for (float& x : row) x /= root;
      const float max = *std::ranges::max_element(row);
      float sum = 0;
      for (float& x : row) sum += x = std::exp(x - max);
      float* to = scores.row(q - queries.begin);
      for (std::size_t b = 0; b < row.size(); ++b) to[b] += row[b] / sum;
    }
  }

  BlockChoice choice_;
};

}  // namespace

std::unique_ptr<Selector> compressed(std::int64_t block, std::int64_t top, std::int64_t queries) {
  const BlockChoice choice = {block, top, queries};
  require_choice("compressed", choice);
  return std::make_unique<Compressed>(choice);
}

}  // namespace heddle::attention
