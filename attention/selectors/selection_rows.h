#pragma once
// What selectors share: rows of operands as plain floats, and lists that grow row by row.

#include "attention/patterns/listed.h"
#include "attention/patterns/pattern_node.h"
#include "attention/selectors/selector.h"
#include "attention/selectors/top_k.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

/// Throws std::invalid_argument naming the operand unless shapes fit one another.
void check_selection(std::string_view selector, const SelectionInput& input);

inline const float* row_of(const TensorView& view, std::int64_t head, std::int64_t row) {
  return static_cast<const float*>(view.data) + head * view.stride[0] + row * view.stride[1];
}

/// The key head that query head `head` reads.
inline std::int64_t kv_head_of(const SelectionInput& input, std::int64_t head) {
  return head * input.keys.shape[0] / input.queries.shape[0];
}

/// In the order of the dimensions: the same bits on every machine.
float dot(const float* a, const float* b, std::int64_t dim);

/// Closes a row of `lists` that holds `blocks`.
void append_row(BlockLists& lists, std::span<const std::uint32_t> blocks);

/// select(head, q, scores) fills scores of the blocks before q's own; each query then attends its
/// own block and the `top` - 1 best of those, causally.
struct BlockChoice {
  std::int64_t block = 64;
  std::int64_t top = 1;
};
template <class Score>
Pattern choose_blocks(const SelectionInput& input, const BlockChoice& choice, const Score& score) {
  const std::int64_t tokens = input.queries.shape[1];
  BlockLists lists = {.heads = static_cast<int>(input.queries.shape[0]),
                      .query_block = 1,
                      .key_block = choice.block};
  std::vector<float> scores(static_cast<std::size_t>(tokens / choice.block + 1));
  TopK best(scores.size());
  for (std::int64_t head = 0; head < input.queries.shape[0]; ++head) {
    for (std::int64_t q = 0; q < tokens; ++q) {
      const auto closed = static_cast<std::size_t>(q / choice.block);
      const std::span<float> of_closed = std::span(scores).first(closed);
      score(head, q, of_closed);
      const auto chosen = best.select(of_closed, static_cast<std::size_t>(choice.top - 1));
      lists.blocks.insert(lists.blocks.end(), chosen.begin(), chosen.end());
      lists.blocks.push_back(static_cast<std::int64_t>(closed));
      lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
    }
  }
  return listed(std::move(lists)) & dense(Direction::kCausal);
}

}  // namespace heddle::attention
