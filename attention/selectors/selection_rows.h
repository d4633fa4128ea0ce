#pragma once
// What selectors share: rows of operands as plain floats, lists whose rows are found in parallel,
// and the choice of blocks by score.

#include "attention/patterns/listed.h"
#include "attention/patterns/pattern_node.h"
#include "attention/selectors/lane_rows.h"
#include "attention/selectors/selector.h"
#include "attention/selectors/top_k.h"

#include <cstdint>
#include <functional>
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

/// What one task found: its rows, in order.
struct FoundRows {
  std::vector<std::int64_t> blocks;
  std::vector<std::int64_t> ends;  // of each row, in blocks

  void add(std::span<const std::uint32_t> found) {
    blocks.insert(blocks.end(), found.begin(), found.end());
  }
  void close_row() { ends.push_back(static_cast<std::int64_t>(blocks.size())); }
};

/// Appends rows to `lists` that tasks find in parallel: find(head, rows, found) fills `found` with
/// the rows [rows.begin, rows.end) of a head, for each head of `heads` and `count` rows a head, cut
/// every `task` rows. Each task on its own: threads change nothing.
using FindRows = std::function<void(std::int64_t head, PositionRange rows, FoundRows& found)>;
struct RowTasks {
  PositionRange heads;
  std::int64_t count = 0;
  std::int64_t task = 64;
};
void find_rows(BlockLists& lists, const RowTasks& tasks, const FindRows& find);

/// Query heads that read key head `kv_head`.
PositionRange heads_of(const SelectionInput& input, std::int64_t kv_head);

struct BlockChoice {
  std::int64_t block = 64;
  std::int64_t top = 1;
};
/// score(head, queries, blocks, table) fills the table's rows, one a query, with scores of the
/// blocks [0, blocks); each query then attends its own block and the `top` - 1 best of those before
/// it, causally. Called from several threads.
using ScoreBlocks = std::function<void(
    std::int64_t head, PositionRange queries, std::int64_t blocks, ScoreTable& table)>;
Pattern choose_blocks(const SelectionInput& input,
                      const BlockChoice& choice,
                      const ScoreBlocks& score);
/// Points the table at a head's queries.
void point_at(const SelectionInput& input,
              std::int64_t head,
              PositionRange queries,
              ScoreTable& table);

}  // namespace heddle::attention
