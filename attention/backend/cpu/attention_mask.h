#pragma once
// Which keys of a tile each lane of a panel attends, as bits, whatever kinds of run the tile's
// pieces come from.

#include "attention/backend/cpu/attention_tiles.h"

#include <cstdint>

namespace heddle::attention::cpu {

/// The queries of one panel: consecutive positions, one a lane.
struct PanelQueries {
  std::int64_t first = 0;  // absolute position of lane 0
  int count = 0;           // lanes in use
  int lanes = 0;
};

/// Keys [first, end) of the tile hold every key that any lane attends; none when first == end.
struct Visible {
  int first = 0;
  int end = 0;
  bool all = false;  // every lane in use attends all of them: no mask is needed
};

/// Fills `words` (ceil(tile.keys / 32), lanes) unless the tile is seen whole or not at all.
Visible visible(const BlockPlan& plan,
                const KeyTile& tile,
                const PanelQueries& queries,
                std::uint32_t* words);

}  // namespace heddle::attention::cpu
