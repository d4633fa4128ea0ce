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
    const std::int64_t dim = input.keys.shape[2];
    const std::int64_t blocks = input.keys.shape[1] / choice_.block + 1;
    std::vector<float> means(static_cast<std::size_t>(input.keys.shape[0] * blocks * dim));
    for (std::int64_t head = 0; head < input.keys.shape[0]; ++head) {
      for (std::int64_t k = 0; k < input.keys.shape[1]; ++k) {
        float* mean = means.data() + (head * blocks + k / choice_.block) * dim;
        const float* key = row_of(input.keys, head, k);
        for (std::int64_t c = 0; c < dim; ++c)
          mean[c] += key[c] / static_cast<float>(choice_.block);
      }
    }
    const std::int64_t group = input.queries.shape[0] / input.keys.shape[0];
    std::vector<float> row;
    return choose_blocks(
        input, choice_, [&](std::int64_t head, std::int64_t q, std::span<float> scores) {
          const std::int64_t kv_head = head / group;
          std::ranges::fill(scores, 0.0f);
          for (std::int64_t i = kv_head * group; i < (kv_head + 1) * group; ++i) {
            const float* mean = means.data() + kv_head * blocks * dim;
            add_softmax(row_of(input.queries, i, q), mean, dim, row, scores);
          }
        });
  }
  std::string text() const override {
    return "compressed(" + std::to_string(choice_.block) + "," + std::to_string(choice_.top) + ")";
  }

 private:
  /// scores += softmax of query . means / sqrt(dim).
  static void add_softmax(const float* query,
                          const float* means,
                          std::int64_t dim,
                          std::vector<float>& row,
                          std::span<float> scores) {
    if (scores.empty()) return;
    row.resize(scores.size());
    for (std::size_t b = 0; b < row.size(); ++b) {
      row[b] = dot(query, means + static_cast<std::int64_t>(b) * dim, dim) /
               std::sqrt(static_cast<float>(dim));
    }
    const float max = *std::ranges::max_element(row);
    float sum = 0;
    for (float& x : row) sum += x = std::exp(x - max);
    for (std::size_t b = 0; b < row.size(); ++b) scores[b] += row[b] / sum;
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
