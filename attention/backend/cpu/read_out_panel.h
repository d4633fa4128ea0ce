#pragma once
// The vector kernels of read_out, chosen at run time like attention's (attention_panel.h), a query
// a lane. Threads: pure functions of their arguments.

#include "attention/backend/cpu/attention_panel.h"

#include <cstdint>

namespace heddle::attention::cpu {

/// Which side of the object's border a key lies on: bits of ReadOutTile::sides.
inline constexpr std::uint8_t kInside = 1;
inline constexpr std::uint8_t kOutside = 2;

struct ReadOutState {
  PanelState softmax;        // max in units of similarity
  float* inside = nullptr;   // (lanes), best similarity inside; -inf: none yet
  float* outside = nullptr;  // (lanes)
};

/// One tile of keys for one panel of queries.
struct ReadOutTile {
  const float* queries = nullptr;       // (key_dim, lanes)
  Rows keys;                            // (count, key_dim)
  Rows values;                          // (count, value_dim)
  const std::uint8_t* sides = nullptr;  // (count)
  int count = 0;
  int key_dim = 0;
  int value_dim = 0;
  float scale = 1;          // times log2(e)
  float* scores = nullptr;  // (count, lanes): similarities, then scratch
};

/// Adds the tile to the softmax and to the best similarities.
void read_all(const ReadOutTile& tile, const ReadOutState& state);

/// Adds the tile to the best similarities, leaves the similarities in tile.scores and in hits
/// (count) the lanes, one a bit, whose similarity exceeds their threshold (lanes).
void read_hits(const ReadOutTile& tile,
               const ReadOutState& state,
               const float* threshold,
               std::uint32_t* hits);

}  // namespace heddle::attention::cpu
