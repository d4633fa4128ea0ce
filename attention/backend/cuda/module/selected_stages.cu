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
  const std::int32_t end = 2 * in_head + (second ? 2 : 1);  // chunks that some group may attend
  StagePlaces places;
  for (std::int32_t first = 0; first < end; first += 32) {
    const std::int32_t chunk = first + lane;
    const int kind = chunk < end ? meet(groups, second, chunk).kind : -1;
    for (int k = 0; k < 3; ++k) places.count[k] += __popc(__ballot_sync(~0u, kind == k));
  }
  const std::int32_t stages = places.stages();
  for (int i = lane; i < 2 * stages; i += 32) entries[i] = kNoEntry;
  __syncwarp();
  std::int32_t before[3] = {0, 0, 0};
  for (std::int32_t first = 0; first < end; first += 32) {
    const std::int32_t chunk = first + lane;
    Met met{};
    met.kind = -1;
    if (chunk < end) met = meet(groups, second, chunk);
    for (int k = 0; k < 3; ++k) {
      const std::uint32_t same = __ballot_sync(~0u, met.kind == k);
      if (met.kind == k) {
        const std::int32_t rank = before[k] + __popc(same & ((1u << lane) - 1));
        entries[places.place(k, rank)] = entry_of(chunk, met.state[0], met.state[1]);
      }
      before[k] += __popc(same);
    }
  }
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
