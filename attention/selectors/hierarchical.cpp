#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <numeric>

namespace heddle::attention {
namespace {

/// Sums of keys of one head: level 0 a block each, level l + 1 `fan` nodes of level l each.
class Tree {
 public:
  Tree(const TensorView& keys, std::int64_t head, const HierarchySpec& spec)
      : fan_(spec.fan), dim_(keys.shape[2]) {
    std::int64_t nodes = keys.shape[1] / spec.block + 1;
    sizes_.push_back(spec.block);
    sums_.emplace_back(static_cast<std::size_t>(nodes * dim_));
    for (std::int64_t k = 0; k < keys.shape[1]; ++k) {
      add(sums_[0], k / spec.block, row_of(keys, head, k));
    }
    while (nodes > fan_) {
      const std::vector<float> below = sums_.back();
      sums_.emplace_back(static_cast<std::size_t>((nodes / fan_ + 1) * dim_));
      for (std::int64_t node = 0; node < nodes; ++node) {
        add(sums_.back(), node / fan_, below.data() + node * dim_);
      }
      sizes_.push_back(sizes_.back() * fan_);
      nodes = nodes / fan_ + 1;
    }
  }

  std::int64_t levels() const { return static_cast<std::int64_t>(sums_.size()); }
  /// Tokens a node of the level.
  std::int64_t size(std::int64_t level) const { return sizes_[static_cast<std::size_t>(level)]; }
  float score(std::int64_t level, std::int64_t node, const float* query) const {
    const float* sum = sums_[static_cast<std::size_t>(level)].data() + node * dim_;
    return dot(sum, query, dim_) / static_cast<float>(size(level));
  }

 private:
  void add(std::vector<float>& sums, std::int64_t node, const float* x) const {
    for (std::int64_t c = 0; c < dim_; ++c) sums[static_cast<std::size_t>(node * dim_ + c)] += x[c];
  }

  std::int64_t fan_;
  std::int64_t dim_;
  std::vector<std::vector<float>> sums_;
  std::vector<std::int64_t> sizes_;
};

class Hierarchical final : public Selector {
 public:
  explicit Hierarchical(const HierarchySpec& spec) : spec_(spec) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("hierarchical", input);
    const std::int64_t tokens = input.queries.shape[1];
    BlockLists lists = {.heads = static_cast<int>(input.queries.shape[0]),
                        .query_block = 1,
                        .key_block = spec_.block};
    std::vector<std::int64_t> nodes;
    for (std::int64_t head = 0; head < input.queries.shape[0]; ++head) {
      const Tree tree(input.keys, kv_head_of(input, head), spec_);
      for (std::int64_t q = 0; q < tokens; ++q) {
        descend(tree, q / spec_.block, row_of(input.queries, head, q), nodes);
        lists.blocks.insert(lists.blocks.end(), nodes.begin(), nodes.end());
        lists.blocks.push_back(q / spec_.block);
        lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
      }
    }
    return listed(std::move(lists)) & dense(Direction::kCausal);
  }
  std::string text() const override {
    return "hierarchical(" + std::to_string(spec_.block) + "," + std::to_string(spec_.fan) + "," +
           std::to_string(spec_.top) + ")";
  }

 private:
  /// The best blocks before block `own`, ascending: at each level the children of what was kept
  /// above, and the closed nodes whose parents are still open.
  void descend(const Tree& tree,
               std::int64_t own,
               const float* query,
               std::vector<std::int64_t>& kept) const {
    kept.clear();
    std::vector<std::int64_t> candidates;
    std::int64_t closed_above = 0;
    for (std::int64_t level = tree.levels() - 1; level >= 0; --level) {
      const std::int64_t closed = own * spec_.block / tree.size(level);
      candidates.clear();
      for (const std::int64_t parent : kept) {
        for (std::int64_t i = 0; i < spec_.fan; ++i) candidates.push_back(parent * spec_.fan + i);
      }
      for (std::int64_t node = closed_above * spec_.fan; node < closed; ++node) {
        candidates.push_back(node);
      }
      keep_best(tree, level, query, candidates, kept);
      closed_above = closed;
    }
  }

  void keep_best(const Tree& tree,
                 std::int64_t level,
                 const float* query,
                 const std::vector<std::int64_t>& candidates,
                 std::vector<std::int64_t>& kept) const {
    std::vector<float> scores;
    for (const std::int64_t node : candidates) scores.push_back(tree.score(level, node, query));
    TopK best(std::max<std::size_t>(scores.size(), 1));
    kept.clear();
    for (const std::uint32_t i : best.select(scores, static_cast<std::size_t>(spec_.top - 1))) {
      kept.push_back(candidates[i]);
    }
  }

  HierarchySpec spec_;
};

}  // namespace

std::unique_ptr<Selector> hierarchical(const HierarchySpec& spec) {
  require_range("hierarchical: block", spec.block, 1, std::int64_t{1} << 40);
  require_range("hierarchical: fan", spec.fan, 2, std::int64_t{1} << 20);
  require_range("hierarchical: top", spec.top, 1, kMaxPosition);
  return std::make_unique<Hierarchical>(spec);
}

}  // namespace heddle::attention
