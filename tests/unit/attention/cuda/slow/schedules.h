#pragma once
// The slow twins of the schedules: every tile is walked key by key, every item written out, every
// item dealt by a search for the lane with the least to do. Fast forms give the same bytes.

#include "attention/backend/cuda/key_schedule.h"
#include "attention/backend/cuda/tile_schedule.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cuda::slow {

struct Items {
  std::vector<Item> items;
  std::vector<Merge> merges;
  std::int32_t partials = 0;
};
Items make_items(const std::vector<TileStages>& tiles,
                 const Sharing& sharing,
                 std::int64_t shortest);

/// Whether many lengths and no long tile make make_tile_schedule go head by head.
bool head_by_head(const std::vector<TileStages>& tiles, const Items& made);

/// What make_tile_schedule gives, but for its items, which `items` holds.
TileSchedule make_tile_schedule(const BlockPlan& plan, int heads, int strands, Items& items);
KeySchedule make_key_schedule(const BlockPlan& plan, const KeyShape& shape, Items& items);

/// Numbers of items, lane after lane.
std::vector<std::vector<std::int32_t>> make_lanes(const std::vector<Item>& items, int most);

}  // namespace heddle::attention::cuda::slow
