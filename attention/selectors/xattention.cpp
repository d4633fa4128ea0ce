#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace heddle::attention {
namespace {

class XAttention final : public Selector {
 public:
  explicit XAttention(const XAttentionSpec& spec) : spec_(spec) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("xattention", input);
    const std::int64_t tokens = input.queries.shape[1];
    const std::int64_t blocks = (tokens + spec_.block - 1) / spec_.block;
    BlockLists lists = {.heads = static_cast<int>(input.queries.shape[0]),
                        .query_block = spec_.block,
                        .key_block = spec_.block};
    for (std::int64_t head = 0; head < input.queries.shape[0]; ++head) {
      for (std::int64_t block = 0; block < blocks; ++block) {
        append_row(lists, kept(block_mass(input, head, block)));
      }
    }
    return listed(std::move(lists)) & dense(Direction::kCausal);
  }
  std::string text() const override {
    return "xattention(" + std::to_string(spec_.block) + ",stride=" + std::to_string(spec_.stride) +
           ",mass=" + std::to_string(std::lround(spec_.mass * 100)) + ")";
  }

 private:
  /// The antidiagonal sum of strides i and j; tokens beyond the end count nothing.
  float antidiagonal(const SelectionInput& input,
                     std::int64_t head,
                     std::int64_t i,
                     std::int64_t j) const {
    const std::int64_t tokens = input.queries.shape[1];
    const std::int64_t dim = input.queries.shape[2];
    float sum = 0;
    for (std::int64_t s = 0; s < spec_.stride; ++s) {
      const std::int64_t q = i * spec_.stride + spec_.stride - 1 - s;
      const std::int64_t k = j * spec_.stride + s;
      if (q >= tokens || k >= tokens) continue;
      sum +=
          dot(row_of(input.queries, head, q), row_of(input.keys, kv_head_of(input, head), k), dim);
    }
    return sum / (std::sqrt(static_cast<float>(dim)) * static_cast<float>(spec_.stride));
  }

  /// What each key block up to `block` holds of the softmax over causal strides, summed over the
  /// block's own strides.
  std::vector<double> block_mass(const SelectionInput& input,
                                 std::int64_t head,
                                 std::int64_t block) const {
    const std::int64_t a_block = spec_.block / spec_.stride;
    std::vector<double> mass(static_cast<std::size_t>(block + 1));
    std::vector<double> row;
    for (std::int64_t i = block * a_block; i < (block + 1) * a_block; ++i) {
      if (i * spec_.stride >= input.queries.shape[1]) break;
      row.clear();
      for (std::int64_t j = 0; j <= i; ++j) row.push_back(antidiagonal(input, head, i, j));
      const double max = *std::ranges::max_element(row);
      double sum = 0;
      for (double& x : row) sum += x = std::exp(x - max);
      for (std::size_t j = 0; j < row.size(); ++j) {
        mass[j / static_cast<std::size_t>(a_block)] += row[j] / sum;
      }
    }
    return mass;
  }

  /// The fewest blocks that hold the wanted share, the last one first; ascending.
  std::vector<std::uint32_t> kept(const std::vector<double>& mass) const {
    std::vector<std::uint32_t> order(mass.size() - 1);
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::stable_sort(order,
                             [&](std::uint32_t a, std::uint32_t b) { return mass[a] > mass[b]; });
    const double wanted = spec_.mass * std::accumulate(mass.begin(), mass.end(), 0.0);
    double held = mass.back();
    std::vector<std::uint32_t> blocks = {static_cast<std::uint32_t>(mass.size() - 1)};
    for (const std::uint32_t block : order) {
      if (held >= wanted) break;
      held += mass[block];
      blocks.push_back(block);
    }
    std::ranges::sort(blocks);
    return blocks;
  }

  XAttentionSpec spec_;
};

}  // namespace

std::unique_ptr<Selector> xattention(const XAttentionSpec& spec) {
  require_range("xattention: block", spec.block, 1, kMaxPosition);
  require_range("xattention: stride", spec.stride, 1, spec.block);
  require_range("xattention: block modulo stride", spec.block % spec.stride, 0, 0);
  require_range("xattention: mass (percent)", std::lround(spec.mass * 100), 0, 100);
  return std::make_unique<XAttention>(spec);
}

}  // namespace heddle::attention
