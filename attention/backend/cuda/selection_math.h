#pragma once
// What choosing blocks on the device computes, apart from who computes it: ranks of scores, which
// keys of 64 a group attends, how a plan's row ends, where a tile's keys stand in its stages. Plain
// functions for both sides, so that they are tested on the host.

#include "attention/backend/cuda/tile_schedule.h"

#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define HEDDLE_BOTH_SIDES __host__ __device__
#else
#define HEDDLE_BOTH_SIDES
#endif

namespace heddle::attention::cuda {

inline constexpr int kWordBlocks = 32;  // blocks a word of a choice

/// Unsigned order = falling scores, NaN last; -0 equals 0: as TopK ranks them.
HEDDLE_BOTH_SIDES inline std::uint32_t rank_of(float score) {
  if (score != score) return 0xffffffffu;
  const float x = score + 0.0f;
  std::uint32_t bits = 0;
  memcpy(&bits, &x, sizeof bits);
  return (bits & 0x80000000u) != 0 ? bits : ~(bits | 0x80000000u);
}

/// The lowest `count` bits that are set.
HEDDLE_BOTH_SIDES inline std::uint32_t lowest_set(std::uint32_t word, int count) {
  std::uint32_t kept = 0;
  for (; count > 0 && word != 0; --count) {
    const std::uint32_t bit = word & (~word + 1);
    kept |= bit;
    word ^= bit;
  }
  return kept;
}

/// One group of 64 queries: whom it chose among the blocks before its own.
struct GroupChoice {
  const std::uint32_t* chosen = nullptr;  // bit b of word b / 32: block b
  std::int32_t group = 0;                 // queries [64 group, 64 group + 64)
  std::int32_t chunks = 1;                // of 64 keys a block

  HEDDLE_BOTH_SIDES std::int32_t own() const { return group / chunks; }
  HEDDLE_BOTH_SIDES bool chose(std::int32_t block) const {
    return (chosen[block / kWordBlocks] >> block % kWordBlocks & 1) != 0;
  }
};

enum ChunkState : std::uint32_t { kNoKey = 0, kAllKeys = 1, kCausalKeys = 2 };

/// Which of the 64 keys from 64 chunk on the group attends.
HEDDLE_BOTH_SIDES inline ChunkState chunk_state(const GroupChoice& of, std::int32_t chunk) {
  if (chunk >= of.group) return chunk == of.group ? kCausalKeys : kNoKey;
  const std::int32_t block = chunk / of.chunks;
  return block == of.own() || of.chose(block) ? kAllKeys : kNoKey;
}

/// A plan's row as its runs, given one by one to `put`. The last query block may be short.
template <class Put>
HEDDLE_BOTH_SIDES void for_each_run(const GroupChoice& of, std::int64_t tokens, const Put& put) {
  const std::int64_t diagonal = std::int64_t{of.group} * kHalfKeys;
  const std::int64_t left = tokens - diagonal;
  TileRun run;
  const auto extend = [&](std::int64_t first_key, std::int64_t keys) {
    if (run.count > 0 && run.first_key + run.keys == first_key) {
      run.keys += keys;
    } else {
      if (run.count > 0) put(run);
      run.first_key = run.first_slot = first_key;
      run.keys = keys;
    }
    run.count = (run.keys + kHalfKeys - 1) / kHalfKeys;
  };
  const std::int64_t block_keys = std::int64_t{of.chunks} * kHalfKeys;
  const std::int32_t own = of.own();
  for (std::int32_t word = 0; word * kWordBlocks < own; ++word) {
    std::uint32_t bits = of.chosen[word];
    for (std::int32_t block = word * kWordBlocks; bits != 0; ++block, bits >>= 1) {
      if ((bits & 1) != 0) extend(block * block_keys, block_keys);
    }
  }
  if (diagonal > own * block_keys) extend(own * block_keys, diagonal - own * block_keys);
  if (left == 1) extend(diagonal, 1);  // its one query attends all there is
  if (run.count > 0) put(run);
  if (left == 1) return;
  TileRun band;
  band.first_slot = band.first_key = diagonal;
  band.count = 1;
  band.keys = left < kHalfKeys ? left : kHalfKeys;
  band.lo = -kOpenBand;
  band.hi = 0;
  band.kind = TileKind::kBand;
  put(band);
}

/// Where a tile's keys stand: those of both groups first, two a stage; then those of one group
/// alone, stages of the first and of the second in turn; then what is left of each. As
/// pair_by_group of tile_schedule.cpp.
struct StagePlaces {
  std::int32_t count[3] = {0, 0, 0};  // of both groups, of the first, of the second

  /// Stage times 2 and half of the `rank`-th of its kind.
  HEDDLE_BOTH_SIDES std::int32_t place(int kind, std::int32_t rank) const {
    const std::int32_t pairs[3] = {count[0] / 2, count[1] / 2, count[2] / 2};
    const std::int32_t pair = rank / 2;
    if (pair < pairs[kind]) {
      if (kind == 0) return rank;
      const std::int32_t in_turn = pairs[1] < pairs[2] ? pairs[1] : pairs[2];
      const std::int32_t stage = pair < in_turn ? 2 * pair + kind - 1 : in_turn + pair;
      return 2 * (pairs[0] + stage) + rank % 2;
    }
    std::int32_t left = 2 * (pairs[0] + pairs[1] + pairs[2]);
    if (kind != 1) left += count[1] % 2;
    if (kind == 0) left += count[2] % 2;
    return left;
  }
  HEDDLE_BOTH_SIDES std::int32_t stages() const {
    const std::int32_t single = count[0] % 2 + count[1] % 2 + count[2] % 2;
    return count[0] / 2 + count[1] / 2 + count[2] / 2 + (single + 1) / 2;
  }
};

/// A chunk and its states for both groups, in a word; `kNoEntry` where a stage has one half.
inline constexpr std::uint32_t kNoEntry = 0xffffffffu;
HEDDLE_BOTH_SIDES inline std::uint32_t entry_of(std::int32_t chunk, ChunkState a, ChunkState b) {
  return static_cast<std::uint32_t>(chunk) | a << 28 | b << 30;
}

/// Which of selection_masks(): states of (group, half).
HEDDLE_BOTH_SIDES inline std::int32_t mask_index(const std::uint32_t (&state)[kGroups][2]) {
  return static_cast<std::int32_t>(state[0][0] + 3 * state[0][1] + 9 * state[1][0] +
                                   27 * state[1][1]);
}

HEDDLE_BOTH_SIDES inline Stage stage_of(std::uint32_t first, std::uint32_t second) {
  const bool one = second == kNoEntry;
  const std::uint32_t state[kGroups][2] = {{first >> 28 & 3, one ? 0 : second >> 28 & 3},
                                           {first >> 30, one ? 0 : second >> 30}};
  constexpr std::uint32_t kChunk = (1u << 28) - 1;
  Stage stage;
  stage.slot[0] = static_cast<std::int32_t>(first & kChunk) * kHalfKeys;
  stage.slot[1] = one ? stage.slot[0] : static_cast<std::int32_t>(second & kChunk) * kHalfKeys;
  bool masked = false;
  for (int g = 0; g < kGroups; ++g) {
    const std::uint32_t* of = state[g];
    const bool any = of[0] != kNoKey || of[1] != kNoKey;
    const bool whole = of[0] == kAllKeys && of[1] == kAllKeys;
    stage.kind[g] = !any ? kSkipped : whole ? kWhole : kMasked;
    masked = masked || stage.kind[g] == kMasked;
  }
  if (masked) stage.mask = mask_index(state);
  return stage;
}

/// All that stage_of() can name, by mask_index().
inline std::vector<StageMask> selection_masks() {
  constexpr HalfMask kOf[3] = {
      {}, {.lo = -128, .hi = 128, .keys = kHalfKeys}, {.lo = -128, .hi = 0, .keys = kHalfKeys}};
  std::vector<StageMask> all(81);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i].of[0][0] = kOf[i % 3];
    all[i].of[0][1] = kOf[i / 3 % 3];
    all[i].of[1][0] = kOf[i / 9 % 3];
    all[i].of[1][1] = kOf[i / 27];
  }
  return all;
}

}  // namespace heddle::attention::cuda
