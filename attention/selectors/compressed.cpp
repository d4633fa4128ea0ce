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
      LaneRows& mean =
          means.emplace_back(input.keys.shape[1] / choice_.block + 1, input.keys.shape[2]);
      for (std::int64_t k = 0; k < input.keys.shape[1]; ++k) {
        add_share(row_of(input.keys, head, k), input.keys.shape[2], mean.row(k / choice_.block));
      }
    }
    return choose_blocks(
        input,
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
            point_at(input, other, queries, logits);
            logits.fill(means[static_cast<std::size_t>(kv_head)], input.keys.shape[2]);
            add_softmaxes(queries, input.keys.shape[2], logits, table);
          }
        });
  }
  std::string text() const override {
    return "compressed(" + std::to_string(choice_.block) + "," + std::to_string(choice_.top) + ")";
  }

 private:
  void add_share(const float* key, std::int64_t dim, float* mean) const {
    for (std::int64_t c = 0; c < dim; ++c) {
      mean[c * kSummaryLanes] += key[c] / static_cast<float>(choice_.block);
    }
  }

  /// Scores of each query's closed blocks += softmax of their logits / sqrt(dim).
  void add_softmaxes(PositionRange queries,
                     std::int64_t dim,
                     ScoreTable& logits,
                     ScoreTable& scores) const {
    const float root = std::sqrt(static_cast<float>(dim));
    for (std::int64_t q = queries.begin; q < queries.end; ++q) {
      const std::span row(logits.row(q - queries.begin),
                          static_cast<std::size_t>(q / choice_.block));
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

std::unique_ptr<Selector> compressed(std::int64_t block, std::int64_t top) {
  require_range("compressed: block", block, 1, kMaxPosition);
  require_range("compressed: top", top, 1, kMaxPosition);
  return std::make_unique<Compressed>(BlockChoice{block, top});
}

}  // namespace heddle::attention
