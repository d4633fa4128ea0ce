#pragma once
// This chunk's keys and values as the ring will hold them (rotated, rounded to storage), laid out
// in whole tiles: a tile torn between ring and chunk is completed here by the ring's rows, so that
// a query meets the same tile however the stream was cut. And this chunk's queries, rotated.
// Allocates only when a chunk is larger than every one before. Not thread-safe.
// Shapes as RollingMemory::Attend. Errors: none; attend() checked them.

#include "attention/memory/memory_tiers.h"

#include <optional>
#include <vector>

namespace heddle::attention {

class LiveStage {
 public:
  explicit LiveStage(const MemorySpec& spec);

  /// Live keys at positions [first, first + m), behind the ring's part of the torn tile.
  void stage(MemoryTiers& tiers, const RollingMemory::Attend& args, int tile);
  PositionRange positions() const { return positions_; }  // held by segment()
  KeySegment segment() const;
  /// The queries turned to their positions; the caller's own where nothing turns.
  const TensorView& turn_queries(RotaryTable& rotary, const RollingMemory::Attend& args);

 private:
  void make_room(std::int64_t rows);

  MemorySpec spec_;
  PositionRange positions_;
  std::optional<BlockStore> rows_;  // blocks of 1 row; replaced by a larger one when too small
  Tensor turned_;
  TensorView turned_view_;
  std::vector<float> rotated_;
};

}  // namespace heddle::attention
