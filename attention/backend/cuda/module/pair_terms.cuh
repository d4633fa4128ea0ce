#pragma once
// From scores to weights and gradients of scores, on the register layout of softmax.cuh: by rows
// where queries are rows, by columns where keys are. Infinite log-sum-exps and masked scores give
// weights of 0.

#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/softmax.cuh"

namespace heddle::attention::cuda {

/// Scores to weights; rows r and r + 8 of the thread have terms[0] and terms[1].
template <int kElements>
__device__ __forceinline__ void weigh_rows(float (&s)[kElements],
                                           const RowTerms (&terms)[2],
                                           float scale_log2) {
#pragma unroll
  for (int i = 0; i < kElements; ++i) {
    s[i] = exp2_of(fmaf(s[i], scale_log2, -terms[i / 2 % 2].log_sum_exp));
  }
}

/// Weights to gradients of scores; `along` is out_gradient . value.
template <int kElements>
__device__ __forceinline__ void differentiate_rows(float (&s)[kElements],
                                                   const float (&along)[kElements],
                                                   const RowTerms (&terms)[2]) {
#pragma unroll
  for (int i = 0; i < kElements; ++i) s[i] *= along[i] - terms[i / 2 % 2].delta;
}

/// The terms of columns 8 j + 2 (lane % 4) and the next, as (log_sum_exp, delta) twice.
__device__ __forceinline__ float4 column_terms(const RowTerms* terms, int j, int lane) {
  return *reinterpret_cast<const float4*>(terms + 8 * j + 2 * (lane % 4));
}

template <int kElements>
__device__ __forceinline__ void weigh_columns(float (&s)[kElements],
                                              const RowTerms* terms,
                                              int lane,
                                              float scale_log2) {
#pragma unroll
  for (int j = 0; j < kElements / 4; ++j) {
    const float4 of = column_terms(terms, j, lane);
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      s[4 * j + 2 * r] = exp2_of(fmaf(s[4 * j + 2 * r], scale_log2, -of.x));
      s[4 * j + 2 * r + 1] = exp2_of(fmaf(s[4 * j + 2 * r + 1], scale_log2, -of.z));
    }
  }
}

template <int kElements>
__device__ __forceinline__ void differentiate_columns(float (&s)[kElements],
                                                      const float (&along)[kElements],
                                                      const RowTerms* terms,
                                                      int lane) {
#pragma unroll
  for (int j = 0; j < kElements / 4; ++j) {
    const float4 of = column_terms(terms, j, lane);
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      s[4 * j + 2 * r] *= along[4 * j + 2 * r] - of.y;
      s[4 * j + 2 * r + 1] *= along[4 * j + 2 * r + 1] - of.w;
    }
  }
}

/// Where the 64 rows of a group go: to `to` from row `first` of the head on, those outside it
/// left out, or, with `partial`, to rows of `to.dim` floats. to.dim is a multiple of 8.
struct GroupRows {
  const Operand& to;
  HeadPlace place;
  std::int64_t first;
  float* partial;
};

__device__ __forceinline__ void store_floats(float* row, std::int64_t column, float x, float y) {
  *reinterpret_cast<float2*>(row + column) = make_float2(x, y);
}

/// Stores a group's sums, as its rows lie over four warps; all lanes of a warp must come.
template <class T, int kElements>
__device__ __forceinline__ void store_group(const float (&o)[kElements],
                                            float scale,
                                            const GroupRows& rows) {
  const Operand& to = rows.to;
  const int lane = threadIdx.x % 32;
  const int quarter = lane % 4;
  const bool wide = rows.partial || to.element == Element::kF32;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int i = threadIdx.x % 128 / 32 * 16 + lane / 4 + 8 * r;
    const std::int64_t row = rows.first + i;
    const bool inside = row >= 0 && row < to.rows;
    const std::int64_t begin = head_begin(to, rows.place) + row * to.row_stride;
    float* floats = rows.partial ? rows.partial + i * to.dim : static_cast<float*>(to.data) + begin;
#pragma unroll
    for (int j = 0; j < kElements / 16; ++j) {
      std::uint32_t piece[4];
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        const float x = o[16 * j + 4 * n + 2 * r] * scale;
        const float y = o[16 * j + 4 * n + 2 * r + 1] * scale;
        const int column = 32 * j + 8 * n + 2 * quarter;
        if (wide && inside && column < to.dim) store_floats(floats, column, x, y);
        piece[n] = packed<T>(x, y);
      }
      if (wide) continue;
      transpose_quarters(piece, quarter);
      const int column = 32 * j + 8 * quarter;
      if (inside && column < to.dim) {
        *reinterpret_cast<uint4*>(static_cast<T*>(to.data) + begin + column) =
            make_uint4(piece[0], piece[1], piece[2], piece[3]);
      }
    }
  }
}

}  // namespace heddle::attention::cuda
