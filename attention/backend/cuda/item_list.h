#pragma once
// Tiles cut into the items that blocks take: a long tile becomes parts, so that it cannot be the
// tail; longest first. Cuts depend on the tiles and the number of heads alone, never on the card.

#include "attention/backend/cuda/tile_schedule.h"

namespace heddle::attention::cuda {

/// A tile and its stages.
struct TileStages {
  std::int64_t first_stage = 0;
  std::int64_t stages = 0;
  std::int64_t first_row = 0;
  std::int32_t head = 0;
  std::int32_t segment = 0;
};

struct ItemList {
  std::vector<Item> items;  // longest first, then by strand, head, segment and row
  std::vector<Merge> merges;
  std::int32_t partials = 0;
};

/// Who shares a tile: heads from tile.head on, in each of the strands.
struct Sharing {
  int heads = 1;
  int strands = 1;
};

/// Items of `tiles`, for each strand and head that shares them. Parts have at least `shortest`
/// stages.
ItemList make_items(const std::vector<TileStages>& tiles,
                    const Sharing& sharing,
                    std::int64_t shortest);

}  // namespace heddle::attention::cuda
