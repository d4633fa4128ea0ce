#pragma once
// What the two gradient kernels of the Hopper path share: their parameters, and the products over
// tiles of 64-column groups. Each output has one owner (see key_schedule.h), scores are made again
// from the log-sum-exps (arXiv 2307.08691, algorithm 2; pipelined after arXiv 2407.08608).

#include "attention/backend/cuda/module/hopper_producer.cuh"
#include "attention/backend/cuda/module/pair_terms.cuh"

namespace heddle::attention::cuda {

struct HopperGradientParams {
  CUtensorMap queries;  // of the one query set
  CUtensorMap out_gradient;
  CUtensorMap keys[kMaxSegments];
  CUtensorMap values[kMaxSegments];
  DeviceSchedule schedule;
  DeviceKeySchedule key_schedule;
  RowTermTable terms;
  Operand query_gradient;
  Operand key_gradients[kMaxSegments];
  Operand value_gradients[kMaxSegments];
  float* partial_queries;
  float* partial_keys;
  float* partial_values;
  std::int32_t heads_per_kv_head;
  float scale;
  float scale_log2;
};

/// One set: the path holds one.
HopperGradientParams hopper_gradient_params(const GradientProblem& problem);

/// The same in every lane, and known to be: wgmma must not lie under a branch that could diverge.
__device__ __forceinline__ int uniform(int x) { return __shfl_sync(~0u, x, 0); }

/// By one lane: what the others read of the barrier's memory lies before a __syncwarp or a wgmma.
__device__ __forceinline__ void release(std::uint64_t* barrier) {
  if (threadIdx.x % 32 == 0) arrive(barrier);
}

/// The warpgroups take turns to start their products where both work on a stage, so that one
/// multiplies while the other does its arithmetic. The second group gives the first turn away.
__device__ __forceinline__ void my_turn(int group, bool both) {
  if (both) sync_named(1 + group, 256);
}
__device__ __forceinline__ void your_turn(int group, bool both) {
  if (both) arrive_named(1 + (group ^ 1), 256);
}

/// What a stage is to a group.
struct Turn {
  int kind;
  bool both;  // the other group works on the stage too
  int mask;
};

__device__ __forceinline__ Turn turn_of(const std::uint8_t* kinds, int group, int mask) {
  const int kind = uniform(kinds[group]);
  const bool both = kind != kSkipped && uniform(kinds[group ^ 1]) != kSkipped;
  __syncwarp();  // read by all lanes before one lets the stage go
  return {kind, both, mask};
}

/// Starts d (64 x N) = a . b^T over kDim columns; a has 64 rows, b N rows in shared memory.
template <class T, int kDim, int kElements>
__device__ __forceinline__ void start_rows(float (&d)[kElements],
                                           const unsigned char* a,
                                           const unsigned char* b) {
  constexpr int kGroupOfA = 64 * 128;
  constexpr int kGroupOfB = 2 * kElements * 128;
  const std::uint32_t a_at = shared_address(a);
  const std::uint32_t b_at = shared_address(b);
#pragma unroll
  for (int i = 0; i < kDim / 16; ++i) {
    multiply_shared<T>(d,
                       matrix(a_at + i / 4 * kGroupOfA + i % 4 * 32, 16),
                       matrix(b_at + i / 4 * kGroupOfB + i % 4 * 32, 16),
                       i != 0);
  }
  wgmma_commit();
}

/// Starts d (64 x kDim) += weights . b, b of 2 kWeights rows in shared memory.
template <class T, int kElements, int kWeights>
__device__ __forceinline__ void start_columns(float (&d)[kElements],
                                              const std::uint32_t (&weights)[kWeights],
                                              const unsigned char* b) {
  constexpr int kRows = 4 * kWeights;
  const std::uint32_t at = shared_address(b);
#pragma unroll
  for (int i = 0; i < kRows / 16; ++i) {
    multiply_registers<T>(d, &weights[4 * i], matrix(at + i * 2048, kRows * 128));
  }
  wgmma_commit();
}

/// Boxes of 64 rows by 64 columns of one tile of `column_groups` of them.
__device__ __forceinline__ void load_tile(unsigned char* to,
                                          const CUtensorMap* map,
                                          std::uint64_t* barrier,
                                          int column_groups,
                                          int row,
                                          HeadPlace place) {
  for (int c = 0; c < column_groups; ++c) load_box(to + c * 8192, map, barrier, c * 64, row, place);
}

template <class Shared>
__device__ __forceinline__ Shared& aligned_shared(unsigned char* raw) {
  return *reinterpret_cast<Shared*>((reinterpret_cast<std::uintptr_t>(raw) + 1023) / 1024 * 1024);
}

}  // namespace heddle::attention::cuda
