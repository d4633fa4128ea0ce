#pragma once
// Plans over places: who attends whom follows from the tokens that places hold, a block of places
// at a time, so that planning costs the tiles that are met and never a list of pairs.

#include "attention/patterns/block_plan.h"
#include "attention/patterns/pattern_node.h"
#include "attention/patterns/tile_mask.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

/// Immutable while planned from; called from several threads.
class PlaceRule {
 public:
  virtual ~PlaceRule() = default;
  /// Appends the ranges of key places that the places `queries` of a head meet, ascending.
  virtual void met(std::int64_t head,
                   PositionRange queries,
                   std::vector<PositionRange>& keys) const = 0;
  /// Adds to `mask` the key places among `keys`, which lie in one tile, that place q attends.
  virtual void attend(std::int64_t head,
                      std::int64_t q,
                      PositionRange keys,
                      TileMask& mask) const = 0;
};

struct PlaceCounts {
  std::int64_t heads = 1;
  std::int64_t queries = 0;  // places a head
  std::int64_t keys = 0;
};
/// Key places lie in segment 0 in their order. On all threads; the same plan for any number.
BlockPlan plan_places(const PlaceRule& rule, const PlaceCounts& counts);

/// Stretches of places whose tokens ascend: for each place the end of its stretch.
std::vector<std::int32_t> ascents_of(std::span<const std::int32_t> tokens);

/// Places of one head that hold tokens, and how they ascend.
struct Ascending {
  std::span<const std::int32_t> tokens;
  std::span<const std::int32_t> ends;  // ascents_of(tokens)
};
/// Adds for q the places in `keys` whose tokens lie below `bound`.
void attend_below(const Ascending& places,
                  std::int64_t q,
                  PositionRange keys,
                  std::int32_t bound,
                  TileMask& mask);

}  // namespace heddle::attention
