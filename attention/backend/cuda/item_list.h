#pragma once
// What blocks take: tiles of one head, or parts of their stages. A long tile is cut into parts, so
// that it cannot be the tail. Cuts depend on the tiles and the number of heads
// alone, never on the card.
//
// Heads and strands that share tiles share their parts: a list holds those of the first sharer and
// who else takes them, so that making it costs nothing a head. The module writes all items out on
// the device (module/item_expansion.cu).
//
// Plain structures, the same bytes on host and device. Threads: immutable once made.

#include <cstdint>
#include <functional>
#include <vector>

namespace heddle::attention::cuda {

/// One tile of one head, or a part of its stages. Query i of group g lies at row
/// first_row + 64 g + i of the query view; rows outside the view are not stored.
struct Item {
  std::int64_t first_stage = 0;
  std::int64_t first_row = 0;  // may be negative in the first tile
  std::int32_t stages = 0;
  std::int32_t head = 0;
  std::int32_t partial = -1;  // where a part's result is kept; -1: the item is whole
  std::int16_t segment = 0;   // of an item of a key schedule
  std::int16_t strand = 0;    // whose rows these are: the operands' own, as in strands_of
};

/// Partials [first, first + parts), in key order, make one tile.
struct Merge {
  std::int64_t first_row = 0;
  std::int32_t head = 0;
  std::int32_t first = 0;
  std::int32_t parts = 0;
  std::int16_t segment = 0;  // as Item's
  std::int16_t strand = 0;
};

/// An item of the first sharer; that of sharer s has partials s * parts later.
struct SharedItem {
  Item item;
  std::int32_t parts = 1;  // of the tile
  std::int32_t cost = 0;   // what lanes are balanced by
};

/// Who shares a tile: heads from tile.head on, in each of the strands. Sharer s is head s % heads
/// of strand s / heads.
struct Sharing {
  std::int32_t heads = 1;
  std::int32_t strands = 1;
};

/// Items of equal cost: parts [first_part, first_part + parts) for each of the sharers
/// [first_sharer, first_sharer + sharers), sharer by sharer.
struct ItemRun {
  std::int64_t first_item = 0;
  std::int32_t first_part = 0;
  std::int32_t parts = 0;
  std::int32_t first_sharer = 0;
  std::int32_t sharers = 0;
  std::int32_t cost = 0;  // of one of them
  std::int32_t unused = 0;
};

struct ItemList {
  std::vector<SharedItem> parts;  // by their order, then by head, segment and row
  std::vector<ItemRun> runs;
  std::vector<Merge> merges;
  Sharing sharing;
  std::int32_t partials = 0;

  std::int64_t size() const;
  /// All items, as the device has them.
  std::vector<Item> expanded() const;
};

/// A tile and its stages.
struct TileStages {
  std::int64_t first_stage = 0;
  std::int64_t stages = 0;
  std::int64_t first_row = 0;
  std::int32_t head = 0;
  std::int32_t segment = 0;
};

enum class ItemOrder : std::uint8_t {
  kLongestFirst,  // over all heads
  kHeadByHead,  // one sharer after the other, so that lanes meet the same keys; then longest first
};

/// What a part of so many stages from this one on costs a lane, in any unit.
using ItemCost = std::function<std::int32_t(std::int64_t first_stage, std::int32_t stages)>;

struct ItemRule {
  std::int64_t longest = 1;  // a part has at most so many stages
  ItemOrder order = ItemOrder::kLongestFirst;
  ItemCost cost;  // none: the stages and one more, for an item's begin and end
};

/// The longest part of a schedule: half of what a lane does, so that none is the tail, but at least
/// `shortest` stages.
std::int64_t longest_part(const std::vector<TileStages>& tiles,
                          const Sharing& sharing,
                          std::int64_t shortest);

/// Items of `tiles`, which ascend by head, segment and row, for each strand and head that shares
/// them.
ItemList make_items(const std::vector<TileStages>& tiles,
                    const Sharing& sharing,
                    const ItemRule& rule);

}  // namespace heddle::attention::cuda
