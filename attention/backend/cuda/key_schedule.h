#pragma once
// What the kernels that own gradients of keys and values walk: the rows of a BlockPlan transposed.
// A tile is 128 slots of a segment (two groups of 64, one a warpgroup); a stage is 64 queries of
// one head. Every slot of every segment lies in one tile, so that each gradient is written once.
// Made on the host once for a plan and its shapes, only read by the kernels.
//
// A tile's stages ascend by head, then by query: sums are taken in that order, on every card. A
// tile whose stages are those of the tile before it shares them.
//
// Plain structures, the same bytes on host and device. Threads: immutable once made.

#include "attention/backend/cuda/tile_schedule.h"

#include <span>

namespace heddle::attention::cuda {

/// Queries [row, row + 64) of the view; those outside it count nothing.
struct QueryStage {
  std::int32_t row = 0;   // may be negative
  std::int16_t head = 0;  // among the heads that share the key head
  std::uint8_t kind[kGroups] = {kSkipped, kSkipped};
  std::int32_t mask = -1;  // index into masks, -1 when no group is kMasked
  bool operator==(const QueryStage&) const = default;
};

/// As a StageMask with the roles exchanged: key i of a group is met by query j of the stage where
/// lo <= j - i <= hi and, when bits >= 0, bit j of word bits * 64 + i is set.
struct QueryMask {
  HalfMask of[kGroups];
  auto operator<=>(const QueryMask&) const = default;
};

struct KeySchedule {
  int heads = 0;
  int kv_heads = 0;
  int strands = 1;
  std::int64_t queries = 0;
  std::int64_t first_row = 0;  // of the first tile of queries, 0 or negative
  std::vector<QueryStage> stages;
  std::vector<QueryMask> masks;
  std::vector<std::uint64_t> bits;  // blocks of 64 words
  ItemList items;                   // longest first; head is a key head, first_row a slot
};

struct KeyShape {
  int heads = 1;
  int kv_heads = 1;
  std::span<const std::int64_t> slots;  // of each segment
  int strands = 1;                      // as make_tile_schedule's; slots are those of one
};

/// `plan` as validate() wants it, within what make_tile_schedule takes; plan.heads is 1 or
/// shape.heads. Linear in the tiles of 64 x 64. Throws std::invalid_argument for more than 2^31
/// queries or 2^15 heads a key head.
KeySchedule make_key_schedule(const BlockPlan& plan, const KeyShape& shape);

}  // namespace heddle::attention::cuda
