#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <tbb/enumerable_thread_specific.h>

#include <vector>

namespace heddle::attention {
namespace {

/// Sums of keys of one head: level 0 a block each, level l + 1 `fan` nodes of level l each.
class Tree {
 public:
  Tree(const TensorView& keys, std::int64_t head, const HierarchySpec& spec) : fan_(spec.fan) {
    const std::int64_t dim = keys.shape[2];
    std::int64_t nodes = keys.shape[1] / spec.block + 1;
    sizes_.push_back(spec.block);
    sums_.push_back(block_sums(keys, head, spec.block, 1));
    while (nodes > fan_) {
      LaneRows above(nodes / fan_ + 1, dim);
      for (std::int64_t node = 0; node < nodes; ++node) add_node(node, above);
      sums_.push_back(std::move(above));
      sizes_.push_back(sizes_.back() * fan_);
      nodes = nodes / fan_ + 1;
    }
  }

  std::int64_t levels() const { return static_cast<std::int64_t>(sums_.size()); }
  /// Tokens a node of the level.
  std::int64_t size(std::int64_t level) const { return sizes_[static_cast<std::size_t>(level)]; }
  const LaneRows& sums(std::int64_t level) const { return sums_[static_cast<std::size_t>(level)]; }

 private:
  void add_node(std::int64_t node, LaneRows& above) {
    const float* from = sums_.back().row(node);
    float* to = above.row(node / fan_);
    for (std::int64_t c = 0; c < above.dim(); ++c) {
      to[c * kSummaryLanes] += from[c * kSummaryLanes];
    }
  }

  std::int64_t fan_;
  std::vector<LaneRows> sums_;
  std::vector<std::int64_t> sizes_;
};

/// One thread's search through a tree.
class Descent {
 public:
  Descent(const HierarchySpec& spec, std::int64_t tokens)
      : spec_(spec), best_(static_cast<std::size_t>(tokens / spec.block + spec.fan + 1)) {}

  /// The best blocks before block `own`, ascending: at each level the children of what was kept
  /// above, and the closed nodes whose parents are still open.
  std::span<const std::int64_t> best(const Tree& tree, std::int64_t own, const float* query) {
    kept_.clear();
    std::int64_t closed_above = 0;
    for (std::int64_t level = tree.levels() - 1; level >= 0; --level) {
      const std::int64_t closed = own * spec_.block / tree.size(level);
      candidates_.clear();
      for (const std::int64_t parent : kept_) {
        for (std::int64_t i = 0; i < spec_.fan; ++i) candidates_.push_back(parent * spec_.fan + i);
      }
      for (std::int64_t node = closed_above * spec_.fan; node < closed; ++node) {
        candidates_.push_back(node);
      }
      keep_best(tree, level, query);
      closed_above = closed;
    }
    return kept_;
  }

 private:
  /// Candidates ascend, so that those of one group of lanes are neighbours.
  void score(const Tree& tree, std::int64_t level, const float* query) {
    const LaneRows& sums = tree.sums(level);
    jobs_.clear();
    products_.resize(candidates_.size() * kSummaryLanes);
    std::int64_t group = -1;
    for (const std::int64_t node : candidates_) {
      if (node / kSummaryLanes == group) continue;
      group = node / kSummaryLanes;
      jobs_.push_back({.query = query,
                       .rows = sums.group(group),
                       .out = products_.data() + jobs_.size() * kSummaryLanes});
    }
    lane_products(jobs_, sums.dim(), sums.dim());
    scores_.clear();
    group = -1;
    std::size_t groups = 0;  // met so far
    for (const std::int64_t node : candidates_) {
      if (node / kSummaryLanes != group) ++groups;
      group = node / kSummaryLanes;
      const float* products = products_.data() + (groups - 1) * kSummaryLanes;
      scores_.push_back(products[node % kSummaryLanes] / static_cast<float>(tree.size(level)));
    }
  }

  void keep_best(const Tree& tree, std::int64_t level, const float* query) {
    score(tree, level, query);
    kept_.clear();
    for (const std::uint32_t i : best_.select(scores_, static_cast<std::size_t>(spec_.top - 1))) {
      kept_.push_back(candidates_[i]);
    }
  }

  HierarchySpec spec_;
  TopK best_;
  std::vector<std::int64_t> candidates_;
  std::vector<std::int64_t> kept_;
  std::vector<LaneJob> jobs_;
  std::vector<float> products_;
  std::vector<float> scores_;
};

class Hierarchical final : public Selector {
 public:
  explicit Hierarchical(const HierarchySpec& spec) : spec_(spec) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("hierarchical", input);
    const std::int64_t tokens = input.queries.shape[1];
    const QueryGroups together(input, spec_.queries);
    const TensorView& means = together.input().queries;
    BlockLists lists = {.heads = static_cast<int>(input.queries.shape[0]),
                        .query_block = spec_.queries,
                        .key_block = spec_.block};
    tbb::enumerable_thread_specific<Descent> descents([&] { return Descent(spec_, tokens); });
    for (std::int64_t kv_head = 0; kv_head < input.keys.shape[0]; ++kv_head) {
      const Tree tree(input.keys, kv_head, spec_);
      find_rows(lists,
                {heads_of(input, kv_head), means.shape[1]},
                [&](std::int64_t head, PositionRange queries, FoundRows& found) {
                  Descent& descent = descents.local();
                  for (std::int64_t q = queries.begin; q < queries.end; ++q) {
                    const std::int64_t own = q * spec_.queries / spec_.block;
                    const auto blocks = descent.best(tree, own, row_of(means, head, q));
                    found.blocks.insert(found.blocks.end(), blocks.begin(), blocks.end());
                    found.blocks.push_back(own);
                    found.close_row();
                  }
                });
    }
    return listed(std::move(lists)) & dense(Direction::kCausal);
  }
  std::string text() const override {
    return "hierarchical(" + std::to_string(spec_.block) + "," + std::to_string(spec_.fan) + "," +
           std::to_string(spec_.top) +
           (spec_.queries == 1 ? "" : ",queries=" + std::to_string(spec_.queries)) + ")";
  }

 private:
  HierarchySpec spec_;
};

}  // namespace

std::unique_ptr<Selector> hierarchical(const HierarchySpec& spec) {
  require_range("hierarchical: block", spec.block, 1, std::int64_t{1} << 40);
  require_range("hierarchical: fan", spec.fan, 2, std::int64_t{1} << 20);
  require_choice("hierarchical", {spec.block, spec.top, spec.queries});
  return std::make_unique<Hierarchical>(spec);
}

}  // namespace heddle::attention
