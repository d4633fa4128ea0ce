#pragma once
// From pieces to tiles: walks the key blocks that one block of queries meets, in ascending order,
// at a cost of the tiles met. Stretches that are full for certain come whole; every other tile
// comes alone, as a mask. No allocation once its vectors have grown. One thread at a time.
// Units: positions; tiles are key blocks. Errors: none.

#include "attention/patterns/pattern_node.h"
#include "attention/patterns/tile_mask.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::attention {

class RowSweep {
 public:
  RowSweep(int query_block, int key_block);

  /// Sweeps the union of pieces() over `region`, whose queries lie in one query block.
  void start(const Region& region);
  std::vector<Piece>& pieces() { return pieces_; }  // filled by the caller before start()

  struct Stretch {
    std::int64_t first_tile = 0;  // absolute key block
    std::int64_t count = 0;
    TileShape shape;  // of each tile; kBits: mask() holds the pairs, count is 1
  };
  /// The next stretch that attends anything, or false at the end of the row.
  bool next(Stretch& stretch);
  const TileMask& mask() const { return mask_; }

  /// The keys of a key block that lie in the region.
  PositionRange keys_of(std::int64_t tile) const;

 private:
  struct Span {  // tiles that a piece touches
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::size_t piece = 0;
  };
  void add_piece(std::size_t index);
  void add_full(const Piece& piece);
  void merge_full();
  bool settle();  // moves tile_ to the next touched one and updates active_
  std::optional<TileShape> simple_shape() const;
  std::optional<TileShape> tile_shape();

  std::int64_t key_block_;
  Region region_;
  std::vector<Piece> pieces_;
  std::vector<Span> touched_;  // by first tile
  std::vector<Span> full_;     // disjoint, ascending
  std::vector<Span> active_;
  std::size_t next_touched_ = 0;
  std::size_t next_full_ = 0;
  std::int64_t tile_ = 0;
  TileMask mask_;
};

}  // namespace heddle::attention
