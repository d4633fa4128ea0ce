#pragma once
// What selectors share: rows of operands as plain floats, lists whose rows are found in parallel,
// and the choice of blocks by score.

#include "attention/patterns/listed.h"
#include "attention/patterns/pattern_node.h"
#include "attention/selectors/lane_rows.h"
#include "attention/selectors/selector.h"
#include "attention/selectors/top_k.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
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
  std::int64_t queries = 1;  // consecutive ones that choose together; divides `block`

  /// Blocks before the own one of group `group`.
  std::int64_t closed(std::int64_t group) const { return group * queries / block; }
  std::string text(std::string_view name) const;
};
/// Throws OutOfRange naming the selector and the argument.
void require_choice(const std::string& selector, const BlockChoice& choice);

/// The input with one query for each group of `size`: their mean, of those there are.
class QueryGroups {
 public:
  QueryGroups(const SelectionInput& input, std::int64_t size);
  const SelectionInput& input() const { return input_; }

 private:
  Tensor means_;  // (heads, groups, dim), or none where each query is a group
  SelectionInput input_;
};

/// body(first, end) for stretches of a head's blocks whose lanes lie together, on all threads.
template <class Body>
void for_lane_groups(std::int64_t blocks, const Body& body) {
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        std::int64_t{0}, (blocks + kSummaryLanes - 1) / kSummaryLanes, [&](std::int64_t i) {
          body(i * kSummaryLanes, std::min(blocks, (i + 1) * kSummaryLanes));
        });
  });
}

/// Sums of a head's keys over blocks of `block`, the last as far as it goes, each key divided by
/// `divisor`.
LaneRows block_sums(const TensorView& keys, std::int64_t head, std::int64_t block, float divisor);

/// score(head, groups, blocks, table) fills the table's rows, one a group of queries, with scores
/// of the blocks [0, blocks); each query then attends its own block and the `top` - 1 best of those
/// before it, causally. Called from several threads. `input` is that of QueryGroups.
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
