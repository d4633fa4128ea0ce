#pragma once
// Which rows of a plan several threads walk together, a part each, and which one thread walks
// alone. Only a matter of time: a row walked alone merges the same parts in the same order.
// Threads: a value; kept from call to call it allocates nothing that the largest call did not.

#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cpu {

struct Schedule {
  std::vector<std::int64_t> slot;  // of each row's part 0 among its head's parts, or -1: alone
  std::vector<WorkItem> parts;     // of the spread rows
  std::vector<WorkItem> spread;    // one item a spread row
  std::int64_t slots = 0;          // a head: parts whose states wait for their merge
  std::vector<std::int64_t> tiles;

  std::int64_t rows() const { return static_cast<std::int64_t>(slot.size()); }
  bool alone(std::int64_t row) const { return slot[static_cast<std::size_t>(row)] < 0; }

  /// Spreads the rows that would keep one of `threads` busy while the others have nothing left, as
  /// long as all their parts are at most `most` a head.
  void choose(const BlockPlan& plan, int threads, std::int64_t heads_a_row, std::int64_t most);
};

}  // namespace heddle::attention::cpu
