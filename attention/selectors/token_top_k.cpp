#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTask = 8;  // queries whose scores of all keys are held at once

/// One head's keys, laid out for scores.
LaneRows lanes_of(const TensorView& keys, std::int64_t head) {
  LaneRows rows(keys.shape[1], keys.shape[2]);
  for (std::int64_t k = 0; k < keys.shape[1]; ++k) rows.add(k, row_of(keys, head, k));
  return rows;
}

/// Appends lists of single keys, a row a query of `heads`: those up to the query with the best
/// scores, where score(head, queries, table) fills the table.
template <class Score>
void best_tokens(BlockLists& lists, const RowTasks& tasks, std::int64_t top, const Score& score) {
  struct Scratch {
    explicit Scratch(std::int64_t tokens) : best(static_cast<std::size_t>(tokens)) {}
    ScoreTable table;
    TopK best;
  };
  tbb::enumerable_thread_specific<Scratch> scratches([&] { return Scratch(tasks.count); });
  find_rows(lists, tasks, [&](std::int64_t head, PositionRange queries, FoundRows& found) {
    Scratch& scratch = scratches.local();
    scratch.table.size(queries.size(), queries.end);
    score(head, queries, scratch.table);
    for (std::int64_t q = queries.begin; q < queries.end; ++q) {
      const float* scores = scratch.table.row(q - queries.begin);
      found.add(scratch.best.select({scores, static_cast<std::size_t>(q + 1)},
                                    static_cast<std::size_t>(top)));
      found.close_row();
    }
  });
}

class TokenTopK final : public Selector {
 public:
  explicit TokenTopK(std::int64_t top) : top_(top) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("top_k", input);
    BlockLists lists = {
        .heads = static_cast<int>(input.queries.shape[0]), .query_block = 1, .key_block = 1};
    for (std::int64_t kv_head = 0; kv_head < input.keys.shape[0]; ++kv_head) {
      const LaneRows keys = lanes_of(input.keys, kv_head);
      best_tokens(lists,
                  {heads_of(input, kv_head), input.queries.shape[1], kTask},
                  top_,
                  [&](std::int64_t head, PositionRange queries, ScoreTable& table) {
                    point_at(input, head, queries, table);
                    table.fill(keys, keys.dim());
                  });
    }
    return listed(std::move(lists));
  }
  std::string text() const override { return "top_k(" + std::to_string(top_) + ")"; }

 private:
  std::int64_t top_;
};

class Indexer final : public Selector {
 public:
  explicit Indexer(std::int64_t top) : top_(top) {}
  SelectorNeeds needs() const override { return SelectorNeeds::kWeights; }

  Pattern select(const SelectionInput& input) const override {
    check_selection("indexer", input);
    const std::int64_t heads = input.queries.shape[0];
    const TensorView& weights = input.weights;
    if (weights.rank != 2 || weights.shape[0] != input.queries.shape[1] ||
        weights.shape[1] != heads || !weights.contiguous()) {
      throw std::invalid_argument("indexer: weights is " + describe(weights) + " but queries is " +
                                  describe(input.queries) + "; pass f32 (tokens, heads)");
    }
    std::vector<LaneRows> keys;
    for (std::int64_t kv_head = 0; kv_head < input.keys.shape[0]; ++kv_head) {
      keys.push_back(lanes_of(input.keys, kv_head));
    }
    BlockLists lists = {.heads = 1, .query_block = 1, .key_block = 1};
    best_tokens(lists,
                {{0, 1}, input.queries.shape[1], kTask},
                top_,
                [&](std::int64_t, PositionRange queries, ScoreTable& table) {
                  sum_heads(input, keys, queries, table);
                });
    return listed(std::move(lists));
  }
  std::string text() const override { return "indexer(" + std::to_string(top_) + ")"; }

 private:
  /// sum over heads of w relu(q.k), in the order of heads.
  static void sum_heads(const SelectionInput& input,
                        const std::vector<LaneRows>& keys,
                        PositionRange queries,
                        ScoreTable& table) {
    ScoreTable products;
    products.size(queries.size(), queries.end);
    const std::int64_t heads = input.queries.shape[0];
    for (std::int64_t head = 0; head < heads; ++head) {
      const LaneRows& own = keys[static_cast<std::size_t>(kv_head_of(input, head))];
      point_at(input, head, queries, products);
      products.fill(own, own.dim());
      for (std::int64_t q = queries.begin; q < queries.end; ++q) {
        const float weight = input.weights.as<float>()[q * heads + head];
        const float* from = products.row(q - queries.begin);
        float* sum = table.row(q - queries.begin);
        for (std::int64_t k = 0; k <= q; ++k) {
          sum[k] = (head == 0 ? 0.0f : sum[k]) + weight * std::max(from[k], 0.0f);
        }
      }
    }
  }

  std::int64_t top_;
};

class Scorer final : public Selector {
 public:
  explicit Scorer(std::int64_t top) : top_(top) {}
  SelectorNeeds needs() const override { return SelectorNeeds::kScores; }

  Pattern select(const SelectionInput& input) const override {
    const TensorView& scores = input.scores;
    if (scores.rank != 1 || !scores.contiguous()) {
      throw std::invalid_argument("scorer: scores is " + describe(scores) +
                                  "; pass f32 (tokens), contiguous");
    }
    const auto tokens = static_cast<std::size_t>(scores.shape[0]);
    TopK best(tokens);
    BlockLists lists = {.query_block = kMaxPosition, .key_block = 1};
    const auto chosen = best.select({scores.as<float>(), tokens}, static_cast<std::size_t>(top_));
    lists.blocks.assign(chosen.begin(), chosen.end());
    lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
    return listed(std::move(lists));
  }
  std::string text() const override { return "scorer(" + std::to_string(top_) + ")"; }

 private:
  std::int64_t top_;
};

}  // namespace

std::unique_ptr<Selector> top_k(std::int64_t top) {
  require_range("top_k: top", top, 1, kMaxPosition);
  return std::make_unique<TokenTopK>(top);
}

std::unique_ptr<Selector> indexer(std::int64_t top) {
  require_range("indexer: top", top, 1, kMaxPosition);
  return std::make_unique<Indexer>(top);
}

std::unique_ptr<Selector> scorer(std::int64_t top) {
  require_range("scorer: top", top, 1, kMaxPosition);
  return std::make_unique<Scorer>(top);
}

}  // namespace heddle::attention
