#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <tbb/enumerable_thread_specific.h>

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
    tbb::enumerable_thread_specific<Scratch> scratches;
    for (std::int64_t kv_head = 0; kv_head < input.keys.shape[0]; ++kv_head) {
      const LaneRows strides = key_strides(input, kv_head);
      find_rows(lists,
                {heads_of(input, kv_head), blocks, 1},
                [&](std::int64_t head, PositionRange rows, FoundRows& found) {
                  Scratch& scratch = scratches.local();
                  block_mass(input, head, rows.begin, strides, scratch);
                  found.add(kept(scratch.mass));
                  found.close_row();
                });
    }
    return listed(std::move(lists)) & dense(Direction::kCausal);
  }
  std::string text() const override {
    return "xattention(" + std::to_string(spec_.block) + ",stride=" + std::to_string(spec_.stride) +
           ",mass=" + std::to_string(std::lround(spec_.mass * 100)) + ")";
  }

 private:
  struct Scratch {
    std::vector<float> queries;  // (strides of a block, stride * dim)
    ScoreTable sums;
    std::vector<double> row;
    std::vector<double> mass;
  };

  /// Each stride's keys end to end; tokens beyond the end are zero and so count nothing.
  LaneRows key_strides(const SelectionInput& input, std::int64_t kv_head) const {
    const std::int64_t tokens = input.keys.shape[1];
    const std::int64_t dim = input.keys.shape[2];
    LaneRows made((tokens + spec_.stride - 1) / spec_.stride, spec_.stride * dim);
    for (std::int64_t k = 0; k < tokens; ++k) {
      const float* key = row_of(input.keys, kv_head, k);
      float* to = made.row(k / spec_.stride) + k % spec_.stride * dim * kSummaryLanes;
      for (std::int64_t c = 0; c < dim; ++c) to[c * kSummaryLanes] = key[c];
    }
    return made;
  }

  /// Points the table at the block's strides of queries, each from its last query to its first.
  void point_at_strides(const SelectionInput& input,
                        std::int64_t head,
                        PositionRange strides,
                        Scratch& scratch) const {
    const std::int64_t dim = input.queries.shape[2];
    scratch.queries.assign(static_cast<std::size_t>(strides.size() * spec_.stride * dim), 0.0f);
    float* to = scratch.queries.data();
    for (std::int64_t i = strides.begin; i < strides.end; ++i) {
      scratch.sums.queries()[static_cast<std::size_t>(i - strides.begin)] = to;
      for (std::int64_t s = 0; s < spec_.stride; ++s, to += dim) {
        const std::int64_t q = i * spec_.stride + spec_.stride - 1 - s;
        if (q < input.queries.shape[1]) std::copy_n(row_of(input.queries, head, q), dim, to);
      }
    }
  }

  /// What each key block up to `block` holds of the softmax over causal strides, summed over the
  /// block's own strides.
  void block_mass(const SelectionInput& input,
                  std::int64_t head,
                  std::int64_t block,
                  const LaneRows& keys,
                  Scratch& scratch) const {
    const std::int64_t dim = input.queries.shape[2];
    const std::int64_t a_block = spec_.block / spec_.stride;
    const std::int64_t last = (input.queries.shape[1] - 1) / spec_.stride + 1;
    const PositionRange strides{block * a_block, std::min((block + 1) * a_block, last)};
    scratch.sums.size(strides.size(), strides.end);
    point_at_strides(input, head, strides, scratch);
    scratch.sums.fill(keys, dim);
    const float unit = std::sqrt(static_cast<float>(dim)) * static_cast<float>(spec_.stride);
    scratch.mass.assign(static_cast<std::size_t>(block + 1), 0);
    for (std::int64_t i = strides.begin; i < strides.end; ++i) {
      const float* sums = scratch.sums.row(i - strides.begin);
      std::vector<double>& row = scratch.row;
      row.clear();
      for (std::int64_t j = 0; j <= i; ++j) row.push_back(sums[j] / unit);
      const double max = *std::ranges::max_element(row);
      double sum = 0;
      for (double& x : row) sum += x = std::exp(x - max);
      for (std::size_t j = 0; j < row.size(); ++j) {
        scratch.mass[j / static_cast<std::size_t>(a_block)] += row[j] / sum;
      }
    }
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
