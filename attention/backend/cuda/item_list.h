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
  std::vector<Item> items;  // longest first, then by head, segment and row
  std::vector<Merge> merges;
  std::int32_t partials = 0;
};

/// Items of `tiles` for `repeats` heads each, from tile.head on (1: the tile's own). Parts have at
/// least `shortest` stages.
ItemList make_items(const std::vector<TileStages>& tiles, int repeats, std::int64_t shortest);

}  // namespace heddle::attention::cuda
