#pragma once
// Which pairs of one tile (a block of queries x a block of keys) attend: filled from pieces, then
// named by the simplest kind that says exactly that. The kind depends on the set of pairs alone,
// not on how a pattern was written. One writer; no allocation after construction.
// Units: positions. Errors: none.

#include "attention/patterns/block_plan.h"
#include "attention/patterns/pattern_node.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace heddle::attention {

/// A tile without the place of its keys: what a TileRun repeats.
struct TileShape {
  TileKind kind = TileKind::kFull;
  std::int64_t lo = 0;      // band; -kOpenBand where this side limits nothing
  std::int64_t hi = 0;      // band
  std::int64_t prefix = 0;  // keys
};

class TileMask {
 public:
  TileMask(int query_block, int key_block);

  /// An empty mask for queries and keys inside one query block and one key block.
  void start(PositionRange queries, PositionRange keys);
  void add(const Piece& piece);
  /// Every row attends exactly what it did not attend before.
  void invert();
  /// Keys of `block` (a part of this tile) attend in the row of query q.
  void add_keys(std::int64_t q, PositionRange keys);

  /// Nothing attends: nullopt. kBits: read bits().
  std::optional<TileShape> shape() const;
  /// (query_block, words), row = q % query_block, bit = key - keys.begin.
  std::span<const std::uint64_t> bits() const { return bits_; }

 private:
  void add_rows(PositionRange queries, PositionRange keys);
  const std::uint64_t* row(std::int64_t q) const;
  PositionRange attended(std::int64_t q) const;  // first to last key; may have holes
  bool holds_exactly(std::int64_t q, PositionRange keys) const;
  std::optional<TileShape> prefix_shape() const;
  std::optional<TileShape> band_shape() const;

  std::int64_t query_block_;
  std::int64_t words_;
  PositionRange queries_;
  PositionRange keys_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace heddle::attention
