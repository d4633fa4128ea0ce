#include "attention/selectors/selection_rows.h"
#include "attention/selectors/selectors.h"

#include <algorithm>

namespace heddle::attention {
namespace {

/// Lists of single keys, a row a query: those up to the query with the best scores.
template <class Score>
BlockLists best_tokens(int heads, std::int64_t tokens, std::int64_t top, const Score& score) {
  BlockLists lists = {.heads = heads, .query_block = 1, .key_block = 1};
  std::vector<float> scores(static_cast<std::size_t>(tokens));
  TopK best(scores.size());
  for (int head = 0; head < heads; ++head) {
    for (std::int64_t q = 0; q < tokens; ++q) {
      const std::span<float> seen = std::span(scores).first(static_cast<std::size_t>(q + 1));
      for (std::int64_t k = 0; k <= q; ++k) seen[static_cast<std::size_t>(k)] = score(head, q, k);
      append_row(lists, best.select(seen, static_cast<std::size_t>(top)));
    }
  }
  return lists;
}

class TokenTopK final : public Selector {
 public:
  explicit TokenTopK(std::int64_t top) : top_(top) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("top_k", input);
    const auto score = [&](int head, std::int64_t q, std::int64_t k) {
      return dot(row_of(input.queries, head, q),
                 row_of(input.keys, kv_head_of(input, head), k),
                 input.keys.shape[2]);
    };
    return listed(
        best_tokens(static_cast<int>(input.queries.shape[0]), input.queries.shape[1], top_, score));
  }
  std::string text() const override { return "top_k(" + std::to_string(top_) + ")"; }

 private:
  std::int64_t top_;
};

class Indexer final : public Selector {
 public:
  explicit Indexer(std::int64_t top) : top_(top) {}

  Pattern select(const SelectionInput& input) const override {
    check_selection("indexer", input);
    const std::int64_t heads = input.queries.shape[0];
    const TensorView& weights = input.weights;
    if (weights.rank != 2 || weights.shape[0] != input.queries.shape[1] ||
        weights.shape[1] != heads || !weights.contiguous()) {
      throw std::invalid_argument("indexer: weights is " + describe(weights) + " but queries is " +
                                  describe(input.queries) + "; pass f32 (tokens, heads)");
    }
    const auto score = [&](int, std::int64_t q, std::int64_t k) {
      float sum = 0;
      for (std::int64_t head = 0; head < heads; ++head) {
        const float product = dot(row_of(input.queries, head, q),
                                  row_of(input.keys, kv_head_of(input, head), k),
                                  input.keys.shape[2]);
        sum += weights.as<float>()[q * heads + head] * std::max(product, 0.0f);
      }
      return sum;
    };
    return listed(best_tokens(1, input.queries.shape[1], top_, score));
  }
  std::string text() const override { return "indexer(" + std::to_string(top_) + ")"; }

 private:
  std::int64_t top_;
};

class Scorer final : public Selector {
 public:
  explicit Scorer(std::int64_t top) : top_(top) {}

  Pattern select(const SelectionInput& input) const override {
    const TensorView& scores = input.scores;
    if (scores.rank != 1 || !scores.contiguous()) {
      throw std::invalid_argument("scorer: scores is " + describe(scores) +
                                  "; pass f32 (tokens), contiguous");
    }
    const auto tokens = static_cast<std::size_t>(scores.shape[0]);
    TopK best(tokens);
    BlockLists lists = {.query_block = kMaxPosition, .key_block = 1};
    append_row(lists, best.select({scores.as<float>(), tokens}, static_cast<std::size_t>(top_)));
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
