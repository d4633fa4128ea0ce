#pragma once
// What the CUDA kernels walk: a BlockPlan cut into query tiles of 128 (two groups of 64, one a
// warpgroup) and key stages of 128 (two halves of 64 keys from anywhere). Made on the host once for
// a plan and a number of heads, only read by the kernels. Everything a kernel must know about a
// tile's kind is one HalfMask: kernels know neither runs nor patterns.
//
// Two neighbouring groups share a stage where both attend its keys; where their key lists differ,
// stages of one group alone follow, the other passes over them. A tile whose stages are those of
// the tile before it shares them. Order and cuts depend on the plan and the number of heads alone,
// never on the card, so that results repeat bit for bit.
//
// Plain structures, the same bytes on host and device. Threads: immutable once made.

#include "attention/backend/cuda/item_list.h"
#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cuda {

inline constexpr int kGroupQueries = 64;
inline constexpr int kGroups = 2;
inline constexpr int kTileQueries = kGroupQueries * kGroups;
inline constexpr int kHalfKeys = 64;

enum StageKind : std::uint8_t { kSkipped = 0, kWhole = 1, kMasked = 2 };

/// Two halves of 64 keys: slots [slot[h], slot[h] + 64) of segment[h].
struct Stage {
  std::int32_t slot[2] = {0, 0};
  std::uint8_t segment[2] = {0, 0};
  std::uint8_t kind[kGroups] = {kSkipped, kSkipped};
  std::int32_t mask = -1;  // index into masks, -1 when no group is kMasked
  bool operator==(const Stage&) const = default;
};

/// Query i of a group attends key j of a half where lo <= j - i <= hi, j < keys and, when bits >=
/// 0, bit j of word bits * 64 + i is set. keys = 0: none.
struct HalfMask {
  std::int32_t lo = 0;
  std::int32_t hi = 0;
  std::int32_t keys = 0;
  std::int32_t bits = -1;
  auto operator<=>(const HalfMask&) const = default;
};

struct StageMask {
  HalfMask of[kGroups][2];
  auto operator<=>(const StageMask&) const = default;
};

struct TileSchedule {
  std::int64_t queries = 0;
  int heads = 0;
  int strands = 1;
  std::vector<Stage> stages;
  std::vector<StageMask> masks;
  std::vector<std::uint64_t> bits;  // blocks of 64 words
  ItemList items;                   // longest first, then by head, so that neighbours share keys
};

/// Of the plan's rows; its strands have a schedule of their own: with `strands`, plan is the one
/// that each of so many strands follows. `plan` as validate() wants it; plan.heads is 1 or `heads`.
/// Throws std::invalid_argument for slots beyond 2^31 or more than 255 segments, which no tensor
/// map can address.
TileSchedule make_tile_schedule(const BlockPlan& plan, int heads, int strands = 1);

}  // namespace heddle::attention::cuda
