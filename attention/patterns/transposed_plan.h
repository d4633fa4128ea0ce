#pragma once
// A plan read from the keys' side: for each block of slots of each segment, the tiles that read it,
// in ascending rows. What a gradient of keys and values sums over, one owner a block. Made on
// demand from a BlockPlan at O(tiles + blocks); equal plans give equal lists. Threads: a value.
//
// Blocks are of slots, [b * key_block, (b + 1) * key_block) of a segment, not of positions: a tile
// whose slots straddle two of them is listed in both. A row reads a slot at most once.
// Errors: std::invalid_argument for a run that ends beyond its segment.

#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

/// Tile `tile` of run `run`, met by the queries of row `row`.
struct TransposedTile {
  std::int64_t row = 0;  // plan_head * query_blocks + query block, as BlockPlan::row_begin
  std::int64_t run = 0;
  std::int64_t tile = 0;

  bool operator==(const TransposedTile&) const = default;
};

struct TransposedPlan {
  std::vector<std::int64_t> segment_begin;  // (segments + 1): first block of each segment
  std::vector<std::int64_t> block_begin;    // (plan heads * blocks + 1), into tiles
  std::vector<TransposedTile> tiles;

  std::int64_t blocks() const { return segment_begin.back(); }  // of one plan head
  /// Of block `block` (counted over all segments) in plan head `head`.
  std::span<const TransposedTile> of(std::int64_t head, std::int64_t block) const {
    const auto at = static_cast<std::size_t>(head * blocks() + block);
    return std::span(tiles).subspan(
        static_cast<std::size_t>(block_begin[at]),
        static_cast<std::size_t>(block_begin[at + 1] - block_begin[at]));
  }
};

/// The plan's rows; its strands have transposed plans of their own, each by its own slots. `slots`
/// holds how many slots each segment has; every run must lie inside its segment
/// (std::invalid_argument names the first that does not).
TransposedPlan transpose(const BlockPlan& plan, std::span<const std::int64_t> slots);
/// The same into lists that there are already, which allocate nothing where they are large enough.
void transpose(const BlockPlan& plan, std::span<const std::int64_t> slots, TransposedPlan& made);

}  // namespace heddle::attention
