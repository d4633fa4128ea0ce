// The stages of each tile of 128 queries from the choices of its two groups, by one warp: chunks of
// 64 keys are counted by who attends them, then each is put where StagePlaces says.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/selection.h"

namespace heddle::attention::cuda {
namespace {

/// The states of a lane's chunk for both groups, and of which kind (StagePlaces) it is; -1: none.
struct Met {
  ChunkState state[kGroups];
  int kind;
};

__device__ __forceinline__ Met meet(const GroupChoice (&groups)[kGroups],
                                    bool second,
                                    std::int32_t chunk) {
  Met met{};
  met.state[0] = chunk_state(groups[0], chunk);
  met.state[1] = second ? chunk_state(groups[1], chunk) : kNoKey;
  const bool a = met.state[0] != kNoKey;
  const bool b = met.state[1] != kNoKey;
  met.kind = a ? (b ? 0 : 1) : (b ? 2 : -1);
  return met;
}

/// Both groups' choices among 32 blocks, apart by kind (StagePlaces).
struct Word {
  std::uint32_t of[3];
};

/// Word `w` of the blocks before the first group's own.
__device__ __forceinline__ Word word_of(const GroupChoice (&groups)[kGroups], bool second, int w) {
  const int left = groups[0].own() - w * kWordBlocks;
  if (left <= 0) return {};
  const std::uint32_t inside = left >= kWordBlocks ? ~0u : (1u << left) - 1;
  const std::uint32_t a = groups[0].chosen[w] & inside;
  const std::uint32_t b = second ? groups[1].chosen[w] & inside : 0;
  return {{a & b, a & ~b, b & ~a}};
}

__device__ __forceinline__ int sum_up_to(int x, int lane) {
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    const int before = __shfl_up_sync(~0u, x, step);
    if (lane >= step) x += before;
  }
  return x;
}

/// The chunks of a tile, counted (`entries` null) or put where `places` says. Chosen blocks are met
/// by words, the keys from the first group's own block on chunk by chunk.
__device__ __forceinline__ StagePlaces meet_all(const GroupChoice (&groups)[kGroups],
                                                bool second,
                                                const StagePlaces& places,
                                                std::uint32_t* entries) {
  constexpr ChunkState kState[3][kGroups] = {
      {kAllKeys, kAllKeys}, {kAllKeys, kNoKey}, {kNoKey, kAllKeys}};
  const int lane = threadIdx.x;
  const std::int32_t chunks = groups[0].chunks;
  const std::int32_t own = groups[0].own();
  StagePlaces met;
  for (int first = 0; first * kWordBlocks < own; first += 32) {
    const int w = first + lane;
    const Word word = word_of(groups, second, w);
#pragma unroll
    for (int k = 0; k < 3; ++k) {
      const int up_to = sum_up_to(__popc(word.of[k]), lane);
      std::int32_t rank = met.count[k] + (up_to - __popc(word.of[k])) * chunks;
      met.count[k] += __shfl_sync(~0u, up_to, 31) * chunks;
      if (!entries) continue;
      for (std::uint32_t bits = word.of[k]; bits != 0; bits &= bits - 1) {
        const std::int32_t chunk = (w * kWordBlocks + lowest_index(bits)) * chunks;
        for (std::int32_t i = 0; i < chunks; ++i, ++rank) {
          entries[places.place(k, rank)] = entry_of(chunk + i, kState[k][0], kState[k][1]);
        }
      }
    }
  }
  const std::int32_t end = groups[0].group + (second ? 2 : 1);
  for (std::int32_t first = own * chunks; first < end; first += 32) {
    const std::int32_t chunk = first + lane;
    Met one{};
    one.kind = -1;
    if (chunk < end) one = meet(groups, second, chunk);
#pragma unroll
    for (int k = 0; k < 3; ++k) {
      const std::uint32_t same = __ballot_sync(~0u, one.kind == k);
      if (entries && one.kind == k) {
        const std::int32_t rank = met.count[k] + __popc(same & ((1u << lane) - 1));
        entries[places.place(k, rank)] = entry_of(chunk, one.state[0], one.state[1]);
      }
      met.count[k] += __popc(same);
    }
  }
  return met;
}

__global__ __launch_bounds__(32) void write_stages(const __grid_constant__ Selecting s) {
  extern __shared__ std::uint32_t entries[];  // (most_stages, 2)
  const int lane = threadIdx.x;
  const std::int64_t tile = blockIdx.x;  // of all heads
  const auto in_head = static_cast<std::int32_t>(tile % s.tiles);
  const std::int64_t row = tile / s.tiles * s.groups + 2 * in_head;
  const std::int32_t chunks = s.shape.block / kHalfKeys;
  const bool second = 2 * in_head + 1 < s.groups;
  const GroupChoice groups[kGroups] = {
      {s.chosen + row * s.words, 2 * in_head, chunks},
      {s.chosen + (second ? row + 1 : row) * s.words, 2 * in_head + 1, chunks}};
  const StagePlaces places = meet_all(groups, second, {}, nullptr);
  const std::int32_t stages = places.stages();
  for (int i = lane; i < 2 * stages; i += 32) entries[i] = kNoEntry;
  __syncwarp();
  meet_all(groups, second, places, entries);
  __syncwarp();
  Stage* to = s.stages + tile * s.most_stages;
  for (int i = lane; i < stages; i += 32) to[i] = stage_of(entries[2 * i], entries[2 * i + 1]);
  if (lane == 0) {
    Item item = s.plain_items[tile];
    item.stages = stages;
    s.items[tile] = item;
    s.lane_items[s.place[tile]] = item;
  }
}

}  // namespace

void launch_stages(const Selecting& of, cudaStream_t stream) {
  const unsigned tiles = static_cast<unsigned>(of.shape.heads) * static_cast<unsigned>(of.tiles);
  const unsigned bytes = static_cast<unsigned>(2 * of.most_stages) * sizeof(std::uint32_t);
  write_stages<<<tiles, 32, bytes, stream>>>(of);
  check(cudaGetLastError(), "launch of the stages of chosen blocks");
}

}  // namespace heddle::attention::cuda
