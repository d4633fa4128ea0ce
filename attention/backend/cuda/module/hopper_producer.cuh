#pragma once
// The producer side of the Hopper path: what a block shares, and the two threads that fill it.
// Sparse rows live here alone: the next stage's halves come from the schedule.

#include "attention/backend/cuda/module/hopper_instructions.cuh"
#include "attention/backend/cuda/module/launch.h"

namespace heddle::attention::cuda {

struct HopperParams {
  CUtensorMap queries;
  CUtensorMap keys[kMaxSegments];
  CUtensorMap values[kMaxSegments];
  DeviceSchedule schedule;
  Results results;
  std::int32_t heads_per_kv_head;
  float scale;
  float scale_log2;  // of weights as powers of 2
};

inline constexpr int kHopperThreads = 3 * 128;

/// Shared memory of a block. Tiles are groups of 64 columns: (columns / 64, rows, 64), swizzled.
template <int kDim, int kStages>
struct HopperShared {
  static constexpr int kStageCount = kStages;
  static constexpr int kColumnGroups = kDim / 64;
  static constexpr int kGroupBytes = kGroupQueries * kDim * 2;  // one warpgroup's queries
  static constexpr int kStageBytes = 2 * kHalfKeys * kDim * 2;

  unsigned char queries[kGroups][kGroupBytes];
  unsigned char keys[kStages][kStageBytes];
  unsigned char values[kStages][kStageBytes];
  std::uint64_t queries_full[kGroups];
  std::uint64_t queries_free[kGroups];
  std::uint64_t keys_full[kStages];
  std::uint64_t keys_free[kStages];
  std::uint64_t values_full[kStages];
  std::uint64_t values_free[kStages];
  std::uint8_t kind[kStages][4];
  std::int32_t mask[kStages];
};

/// A ring's place: which stage, and the parity of its round.
template <int kStages>
struct RingPlace {
  int stage = 0;
  int parity = 0;
  __device__ __forceinline__ void advance() {
    if (++stage == kStages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

/// Fills the rings of keys and values, of the forward or of the gradient of queries.
template <class Params, class Shared>
__device__ __forceinline__ void produce_keys(const Params& p, Shared& shared) {
  RingPlace<Shared::kStageCount> at;
  const std::int64_t end = p.schedule.lane_begin[blockIdx.x + 1];
  for (std::int64_t i = p.schedule.lane_begin[blockIdx.x]; i < end; ++i) {
    const Item item = p.schedule.lane_items[i];
    const HeadPlace place{item.strand, item.head / p.heads_per_kv_head};
    const Stage* stages = p.schedule.stages + item.first_stage;
    for (int s = 0; s < item.stages; ++s, at.advance()) {
      const Stage stage = stages[s];
      wait(&shared.keys_free[at.stage], at.parity ^ 1);
      *reinterpret_cast<std::uint16_t*>(shared.kind[at.stage]) =
          static_cast<std::uint16_t>(stage.kind[0] | stage.kind[1] << 8);
      shared.mask[at.stage] = stage.mask;
      arrive_expecting(&shared.keys_full[at.stage], Shared::kStageBytes);
      for (int c = 0; c < Shared::kColumnGroups; ++c) {
        for (int h = 0; h < 2; ++h) {
          load_box(shared.keys[at.stage] + (c * 2 + h) * 8192,
                   &p.keys[stage.segment[h]],
                   &shared.keys_full[at.stage],
                   c * 64,
                   stage.slot[h],
                   place);
        }
      }
      wait(&shared.values_free[at.stage], at.parity ^ 1);
      arrive_expecting(&shared.values_full[at.stage], Shared::kStageBytes);
      for (int c = 0; c < Shared::kColumnGroups; ++c) {
        for (int h = 0; h < 2; ++h) {
          load_box(shared.values[at.stage] + (c * 2 + h) * 8192,
                   &p.values[stage.segment[h]],
                   &shared.values_full[at.stage],
                   c * 64,
                   stage.slot[h],
                   place);
        }
      }
    }
  }
}

template <int kDim, int kStages>
__device__ __forceinline__ void produce_queries(const HopperParams& p,
                                                HopperShared<kDim, kStages>& shared) {
  using Shared = HopperShared<kDim, kStages>;
  int parity = 1;
  const std::int64_t end = p.schedule.lane_begin[blockIdx.x + 1];
  for (std::int64_t i = p.schedule.lane_begin[blockIdx.x]; i < end; ++i, parity ^= 1) {
    const Item item = p.schedule.lane_items[i];
    const HeadPlace place{item.strand, item.head};
    for (int g = 0; g < kGroups; ++g) {
      wait(&shared.queries_free[g], parity);
      arrive_expecting(&shared.queries_full[g], Shared::kGroupBytes);
      for (int c = 0; c < Shared::kColumnGroups; ++c) {
        load_box(shared.queries[g] + c * 8192,
                 &p.queries,
                 &shared.queries_full[g],
                 c * 64,
                 static_cast<int>(item.first_row) + g * kGroupQueries,
                 place);
      }
    }
  }
}

}  // namespace heddle::attention::cuda
