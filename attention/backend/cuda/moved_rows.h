#pragma once
// Is a tile of queries the tile before it, moved? Where it is, its stages are copies of the
// other's, so that regular plans (windows, global tokens beside them, dense) cost a schedule a
// comparison of their runs a tile, not a walk over the tile's keys.

#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <optional>

namespace heddle::attention::cuda {

/// Keys at slots from `from` on moved by `slots`; those below stay where they were.
struct Move {
  std::int64_t from = 0;
  std::int64_t slots = 0;
};

/// Queries [q, q + size) of a plan beside those `by` positions before; both are multiples of 64.
class MovedRows {
 public:
  MovedRows(const BlockPlan& plan, std::int64_t size, std::int64_t by);

  /// How queries [q, q + size) of plan head `head` attend what those before attend, moved; none
  /// where they do not.
  std::optional<Move> at(int head, std::int64_t q) const;

 private:
  const BlockPlan& plan_;
  std::int64_t size_;
  std::int64_t by_;
  std::int64_t by_blocks_;  // 0: no whole number of them
  std::int64_t first_block_;
  std::int64_t blocks_;  // of a head
};

}  // namespace heddle::attention::cuda
