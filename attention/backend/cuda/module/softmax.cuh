#pragma once
// Masks and the online softmax (arXiv 1805.02867) on the register layout that mma.m16n8k16 and
// wgmma.m64nNk16 share: a thread holds two rows r = lane / 4 and r + 8 of its warp's 16, and of
// every 8 columns the two from 2 (lane % 4). Element s[4 j + 2 r + c] is row r, column 8 j + 2
// (lane % 4) + c.

#include "attention/backend/cuda/tile_schedule.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

namespace heddle::attention::cuda {

/// Does the mask leave every query every key?
__device__ __forceinline__ bool is_whole(const HalfMask& mask) {
  return mask.keys == kHalfKeys && mask.bits < 0 && mask.lo <= 1 - kGroupQueries &&
         mask.hi >= kHalfKeys - 1;
}

/// The 64 keys of a half that query i of the group attends, bit j for key j.
__device__ __forceinline__ std::uint64_t attended_bits(const HalfMask& mask,
                                                       int i,
                                                       const std::uint64_t* bits) {
  const int lo = max(mask.lo + i, 0);
  const int hi = min(mask.hi + i, mask.keys - 1);
  if (lo > hi) return 0;
  std::uint64_t found = (~std::uint64_t{0} >> (63 - (hi - lo))) << lo;
  if (mask.bits >= 0) found &= bits[std::int64_t{mask.bits} * kGroupQueries + i];
  return found;
}

/// Sets the scores of one half (64 keys, 32 elements from s) that are not attended to -infinity.
__device__ __forceinline__ void mask_half(
    float* s, const HalfMask& mask, int row, int lane, const std::uint64_t* bits) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const std::uint64_t found = attended_bits(mask, row + 8 * r, bits) >> (2 * (lane % 4));
    const auto low = static_cast<std::uint32_t>(found);
    const auto high = static_cast<std::uint32_t>(found >> 32);
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const std::uint32_t word = j < 4 ? low : high;
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        if (!(word >> (8 * (j % 4) + c) & 1)) s[4 * j + 2 * r + c] = -INFINITY;
      }
    }
  }
}

/// A query's running state: the largest raw score, and this thread's share of the sum.
struct RowState {
  float max[2] = {-INFINITY, -INFINITY};
  float sum[2] = {0, 0};
};

__device__ __forceinline__ float exp2_of(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// Scores become weights exp2(scale (s - max)); `decay` is what the output so far is worth. scale >
/// 0.
template <int kElements>
__device__ __forceinline__ void softmax_step(float (&s)[kElements],
                                             RowState& state,
                                             float (&decay)[2],
                                             float scale) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float largest = state.max[r];
#pragma unroll
    for (int j = 0; j < kElements / 4; ++j) {
      largest = fmaxf(largest, fmaxf(s[4 * j + 2 * r], s[4 * j + 2 * r + 1]));
    }
    largest = fmaxf(largest, __shfl_xor_sync(~0u, largest, 1));
    largest = fmaxf(largest, __shfl_xor_sync(~0u, largest, 2));
    const float base = largest == -INFINITY ? 0.f : largest * scale;
    decay[r] = exp2_of(fmaf(state.max[r], scale, -base));
    float sum = 0;
#pragma unroll
    for (int j = 0; j < kElements / 4; ++j) {
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        float& x = s[4 * j + 2 * r + c];
        x = exp2_of(fmaf(x, scale, -base));
        sum += x;
      }
    }
    state.sum[r] = fmaf(state.sum[r], decay[r], sum);
    state.max[r] = largest;
  }
}

template <int kElements>
__device__ __forceinline__ void scale_rows(float (&o)[kElements], const float (&by)[2]) {
#pragma unroll
  for (int i = 0; i < kElements; ++i) o[i] *= by[i / 2 % 2];
}

/// The inverse of the whole row's sum (0 for a row without keys) and its log-sum-exp, both natural:
/// `scale` is the problem's own.
__device__ __forceinline__ void finish_rows(const RowState& state,
                                            float scale,
                                            float (&inverse)[2],
                                            float (&log_sum_exp)[2]) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float sum = state.sum[r];
    sum += __shfl_xor_sync(~0u, sum, 1);
    sum += __shfl_xor_sync(~0u, sum, 2);
    const bool empty = state.max[r] == -INFINITY;
    inverse[r] = empty ? 0.f : 1.f / sum;
    log_sum_exp[r] = empty ? -INFINITY : fmaf(state.max[r], scale, logf(sum));
  }
}

/// What a query's results weigh when they join those of its other keys, and both log-sum-exps.
struct JoinWeights {
  float before = 0;
  float now = 1;
  float log_sum_exp = 0;
};

__device__ __forceinline__ JoinWeights join_weights(float before, float now) {
  const float max = fmaxf(before, now);
  if (max == -INFINITY) return {0, 0, max};
  const float a = expf(before - max);
  const float b = expf(now - max);
  return {a / (a + b), b / (a + b), max + logf(a + b)};
}

template <class T>
__device__ __forceinline__ float2 unpacked(std::uint32_t pair);
template <>
__device__ __forceinline__ float2 unpacked<__nv_bfloat16>(std::uint32_t pair) {
  return __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&pair));
}
template <>
__device__ __forceinline__ float2 unpacked<__half>(std::uint32_t pair) {
  return __half22float2(*reinterpret_cast<const __half2*>(&pair));
}

__device__ __forceinline__ void add_scaled(float2& to, float2 x, float by) {
  to.x = fmaf(x.x, by, to.x);
  to.y = fmaf(x.y, by, to.y);
}

template <class T>
__device__ __forceinline__ std::uint32_t packed(float x, float y);
template <>
__device__ __forceinline__ std::uint32_t packed<__nv_bfloat16>(float x, float y) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(x, y);
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}
template <>
__device__ __forceinline__ std::uint32_t packed<__half>(float x, float y) {
  const __half2 pair = __floats2half2_rn(x, y);
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}

/// Weights as the A operand of the next product: 16 keys take four registers.
template <class T, int kElements>
__device__ __forceinline__ void pack_weights(const float (&s)[kElements],
                                             std::uint32_t (&p)[kElements / 2]) {
#pragma unroll
  for (int i = 0; i < kElements / 2; ++i) p[i] = packed<T>(s[2 * i], s[2 * i + 1]);
}

/// Four lanes hold two columns each of four pieces of eight; afterwards each holds one piece whole,
/// so that a row is written 16 bytes at a time.
__device__ __forceinline__ void transpose_quarters(std::uint32_t (&piece)[4], int quarter) {
#pragma unroll
  for (int i = 0; i < 4; i += 2) {
    const std::uint32_t got = __shfl_xor_sync(~0u, quarter & 1 ? piece[i] : piece[i + 1], 1);
    (quarter & 1 ? piece[i] : piece[i + 1]) = got;
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t got = __shfl_xor_sync(~0u, quarter & 2 ? piece[i] : piece[i + 2], 2);
    (quarter & 2 ? piece[i] : piece[i + 2]) = got;
  }
}

}  // namespace heddle::attention::cuda
