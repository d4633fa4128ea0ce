#pragma once
// The selectors, by C++ name. One header: each is a factory and its definition; one file each.
// Units: blocks and tops count tokens and blocks. Threads and errors as selector.h; factories throw
// std::invalid_argument for numbers out of their range.

#include "attention/selectors/selector.h"

namespace heddle::attention {

/// MoBA (arXiv 2502.13189): the query's own block, causal, and of the blocks before it the `top` -
/// 1 whose mean key has the largest product with the query. Each query and head chooses.
/// `queries` of moba, quest, compressed and hierarchical: that many consecutive queries, a divisor
/// of the block, choose together, by their mean: a choice then costs that much less, and their
/// tiles need no masks. A query's choice then knows the others of its group, later ones too.
std::unique_ptr<Selector> moba(std::int64_t block, std::int64_t top, std::int64_t queries = 1);

/// Quest (arXiv 2406.10774): as moba, by an upper bound of the block's largest logit,
/// sum over c of max(q_c min_c, q_c max_c) over the block's smallest and largest key elements.
std::unique_ptr<Selector> quest(std::int64_t block, std::int64_t top, std::int64_t queries = 1);

/// NSA's selection (arXiv 2502.11089): as moba, by how much of a softmax over the mean keys of
/// closed blocks each holds, summed over the heads that share a key head; those heads choose alike.
std::unique_ptr<Selector> compressed(std::int64_t block,
                                     std::int64_t top,
                                     std::int64_t queries = 1);

/// XAttention (arXiv 2503.16428): blocks of queries choose blocks of keys. Rows and columns
/// `stride` apart meet along antidiagonals: score(i, j) = sum over s of q[i stride + stride - 1 -
/// s] . k[j stride + s] / (sqrt(dim) stride), softmax over causal j; a block keeps the fewest key
/// blocks whose softmax sums reach `mass` of the whole, its own among them.
struct XAttentionSpec {
  std::int64_t block = 64;
  std::int64_t stride = 8;
  double mass = 0.9;
};
std::unique_ptr<Selector> xattention(const XAttentionSpec& spec);

/// As moba, but the best blocks are found from coarse to fine: `fan` blocks share a mean key, `fan`
/// of those another, and so on; at each level only the children of the `top` - 1 best are looked
/// at. A query costs O(top fan log(tokens)).
struct HierarchySpec {
  std::int64_t block = 64;
  std::int64_t fan = 8;
  std::int64_t top = 8;
  std::int64_t queries = 1;  // that choose together
};
std::unique_ptr<Selector> hierarchical(const HierarchySpec& spec);

/// Each query and head attends the `top` keys up to itself with the largest product.
std::unique_ptr<Selector> top_k(std::int64_t top);

/// DeepSeek's lightning indexer (DeepSeek-V3.2-Exp report, 2025): heads agree on the `top` keys
/// with the largest sum over index heads h of w[q][h] relu(q_h . k). Queries and keys are the
/// indexer's own, of few dimensions.
std::unique_ptr<Selector> indexer(std::int64_t top);

/// A learned scorer's `top` tokens, which every query attends, before or behind it.
std::unique_ptr<Selector> scorer(std::int64_t top);

}  // namespace heddle::attention
