#pragma once
// Writes a plan's rows: tiles in, runs out. Neighbouring tiles of one segment that say the same
// thing become one run; equal masks in a row share their words. One thread at a time; allocates
// only by growing the plan.
// Units: positions and slots. Errors: none.

#include "attention/patterns/block_plan.h"
#include "attention/patterns/pattern_node.h"
#include "attention/patterns/tile_mask.h"

#include <cstdint>
#include <span>

namespace heddle::attention {

class RunWriter {
 public:
  /// Empties `plan` (its blocks, heads and queries must be set) and keeps its capacity.
  explicit RunWriter(BlockPlan& plan) : RunWriter(plan, 0) {}
  /// Its rows are those from `first_row` on: a part, to be joined by append_rows().
  RunWriter(BlockPlan& plan, std::int64_t first_row);

  /// Rows come in order: every query block of head 0, then of head 1 ...
  void start_row();
  PositionRange row_queries() const { return queries_; }  // of the current row

  struct Place {
    std::int32_t segment = 0;
    std::int64_t first_slot = 0;
    PositionRange keys;  // whole key blocks; the first or the last may be torn
  };
  /// Appends a stretch of tiles of one kind (more than one only when full). `bits` for kBits.
  void add(const Place& place, const TileShape& shape, std::span<const std::uint64_t> bits);
  /// Appends `rows` rows of the current row's head like it, each a query block further: the same
  /// runs, their keys and slots as much further. Of a row of a whole query block without kBits.
  void repeat_row(std::int64_t rows);
  bool row_has_bits() const { return last_bits_ >= 0; }
  void finish();  // closes the last row and makes the work list

 private:
  void add_blocks(const Place& place, const TileShape& shape, std::int64_t argument);
  bool extends(const TileRun& run, const TileRun& next) const;
  bool join_bands(TileRun& run, const TileRun& next) const;
  std::int64_t store(std::span<const std::uint64_t> bits);

  BlockPlan& plan_;
  std::int64_t row_;
  PositionRange queries_;
  std::int64_t last_bits_ = -1;  // word where the row's latest mask lies
};

/// Appends the rows of a part, which a RunWriter wrote and did not finish, to a plan whose rows end
/// where the part's begin: the same bytes as one writer would have given.
void append_rows(const BlockPlan& part, BlockPlan& plan);

}  // namespace heddle::attention
