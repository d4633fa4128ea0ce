#pragma once
// What a kernel sees of one row of a plan: tiles of keys, cut where the plan's key blocks are
// anchored, however many runs and segments a block's keys come from. So a query meets the same
// tiles whether its keys came at once or in chunks. Threads: values; plan and segments must
// outlive the walk.

#include "attention/backend/attention_op.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace heddle::attention::cpu {

/// Consecutive keys of one run inside one key block.
struct Piece {
  const TileRun* run = nullptr;
  std::int64_t offset = 0;    // first key, counted from the run's first
  std::int64_t position = 0;  // its absolute position
  int keys = 0;
};

/// Tile `tile` of a run; a prefix run ends with its prefix, so it may hold no keys.
Piece piece_of(const BlockPlan& plan, const TileRun& run, std::int64_t tile);

/// One tile's pieces by ascending position, all of one query set.
struct KeyTile {
  std::span<const Piece> pieces;
  std::int64_t block = 0;  // absolute key block
  int query_set = 0;
  int keys = 0;
};

/// Walks the tiles [first, first + count) of one row of a plan, key block after key block.
class TileWalk {
 public:
  struct Range {
    std::int64_t row = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
  };
  /// `scratch` is overwritten; it keeps its capacity for the next walk.
  TileWalk(const AttentionArgs& args, const Range& range, std::vector<Piece>& scratch);

  /// False after the last tile. The tile is valid until the next call.
  bool next(KeyTile& tile);
  /// A piece of the tile that next() gives then; nothing behind the last tile.
  std::optional<Piece> ahead() const;

 private:
  void load_block();
  int set_of(const Piece& piece) const;

  const AttentionArgs& args_;
  const BlockPlan& plan_;
  std::vector<Piece>& pieces_;  // of the current block
  std::size_t used_ = 0;        // pieces already handed out
  std::int64_t block_ = 0;
  std::int64_t run_ = 0;  // next tile: run, tile of the run
  std::int64_t end_run_ = 0;
  std::int64_t tile_ = 0;
  std::int64_t left_ = 0;  // tiles still to be read
};

}  // namespace heddle::attention::cpu
