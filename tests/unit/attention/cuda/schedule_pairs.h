#pragma once
// The pairs that a plan lets attend, by its definition, and those of a schedule, which is held
// against them.

#include "attention/backend/cuda/tile_schedule.h"
#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

namespace heddle::attention::cuda {

using Pair = std::tuple<int, std::int64_t, int, std::int64_t>;  // head, query, segment, slot

inline std::map<Pair, int> attended_pairs(const BlockPlan& plan, int heads) {
  std::map<Pair, int> pairs;
  for (int head = 0; head < heads; ++head) {
    for (std::int64_t q = 0; q < plan.queries; ++q) {
      const std::int64_t position = plan.first_query + q;
      const std::int64_t block = position / plan.query_block - plan.first_query / plan.query_block;
      const std::int64_t row = (plan.heads == 1 ? 0 : head) * plan.query_blocks() + block;
      BlockPlan one = plan;
      for (std::int64_t r = plan.row_begin[row]; r < plan.row_begin[row + 1]; ++r) {
        const TileRun& run = plan.runs[static_cast<std::size_t>(r)];
        one.heads = 1;
        one.first_query = position;
        one.queries = 1;
        one.runs = {run};
        one.row_begin = {0, 1};
        for (std::int64_t key = 0; key < run.keys; ++key) {
          if (!attends(one, 0, position, run.first_key + key)) continue;
          ++pairs[{head, q, run.segment, run.first_slot + key}];
        }
      }
    }
  }
  return pairs;
}

inline bool allowed(
    const TileSchedule& schedule, const Stage& stage, int group, int half, int i, int j) {
  if (stage.kind[group] != kMasked) return stage.kind[group] == kWhole;
  const HalfMask& mask = schedule.masks[static_cast<std::size_t>(stage.mask)].of[group][half];
  if (j - i < mask.lo || j - i > mask.hi || j >= mask.keys) return false;
  if (mask.bits < 0) return true;
  return schedule.bits[static_cast<std::size_t>(mask.bits * kGroupQueries + i)] >> j & 1;
}

/// Every pair the schedule lets attend, and how often.
inline std::map<Pair, int> pairs_of(const TileSchedule& schedule, const std::vector<Item>& items) {
  std::map<Pair, int> pairs;
  for (const Item& item : items) {
    for (int s = 0; s < item.stages; ++s) {
      const Stage& stage = schedule.stages[static_cast<std::size_t>(item.first_stage + s)];
      for (int at = 0; at < kTileQueries * 2 * kHalfKeys; ++at) {
        const int group = at / (kTileQueries * kHalfKeys);
        const int i = at / (2 * kHalfKeys) % kGroupQueries;
        const int half = at / kHalfKeys % 2;
        const int j = at % kHalfKeys;
        const std::int64_t query = item.first_row + group * kGroupQueries + i;
        if (query < 0 || query >= schedule.queries) continue;
        if (!allowed(schedule, stage, group, half, i, j)) continue;
        ++pairs[{item.head, query, stage.segment[half], stage.slot[half] + j}];
      }
    }
  }
  return pairs;
}

inline std::map<Pair, int> pairs_of(const TileSchedule& schedule) {
  return pairs_of(schedule, schedule.items.expanded());
}

}  // namespace heddle::attention::cuda
