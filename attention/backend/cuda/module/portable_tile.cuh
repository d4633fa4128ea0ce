#pragma once
// What the portable kernels are made of: tiles of 64 rows in shared memory, filled by cp.async,
// and the two products of attention by mma.m16n8k16, a warp to 16 rows of 64.

#include "attention/backend/cuda/module/launch.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

namespace heddle::attention::cuda {

inline constexpr int kPortableThreads = 128;

/// A tile of 64 rows in shared memory: 16-byte pieces of a row are permuted by its number.
template <int kDim>
__device__ __forceinline__ std::uint32_t piece(std::uint32_t tile, int row, int index) {
  return tile + row * kDim * 2 + (index ^ (row % 8)) * 16;
}

/// Starts the copy of rows [first, first + 64) of a head; rows and columns outside become zeros.
template <int kDim>
__device__ __forceinline__ void start_copy(std::uint32_t tile,
                                           const Operand& from,
                                           HeadPlace place,
                                           std::int64_t first) {
  const char* base = static_cast<const char*>(from.data) + head_begin(from, place) * 2;
  for (int i = threadIdx.x; i < 64 * kDim / 8; i += kPortableThreads) {
    const int row = i / (kDim / 8);
    const int index = i % (kDim / 8);
    const std::int64_t at = first + row;
    const bool inside = at >= 0 && at < from.rows && index * 8 < from.dim;
    const char* source = inside ? base + (at * from.row_stride + index * 8) * 2 : base;
    asm volatile(
        "cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(piece<kDim>(tile, row, index)),
        "l"(source),
        "r"(inside ? 16 : 0));
  }
}

__device__ __forceinline__ void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int kPending>
__device__ __forceinline__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

__device__ __forceinline__ void load_fragments(std::uint32_t (&to)[4], std::uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address));
}

__device__ __forceinline__ void load_transposed(std::uint32_t (&to)[4], std::uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address));
}

template <class T>
__device__ __forceinline__ void multiply(float* d,
                                         const std::uint32_t* a,
                                         std::uint32_t b0,
                                         std::uint32_t b1) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
}

/// Walks the halves of an item that a group attends.
struct HalfWalk {
  const DeviceSchedule& schedule;
  const Item& item;
  int group;
  int stage = 0;
  int half = -1;

  __device__ bool attended() const {
    const Stage& at = schedule.stages[item.first_stage + stage];
    if (at.kind[group] != kMasked) return at.kind[group] == kWhole;
    return schedule.masks[at.mask].of[group][half].keys > 0;
  }

  /// Steps to the next attended half; false at the item's end.
  __device__ bool next() {
    do {
      if (++half == 2) {
        half = 0;
        ++stage;
      }
      if (stage >= item.stages) return false;
    } while (!attended());
    return true;
  }
};

/// s (64 x 64) = a . b^T, both tiles of 64 rows; s as softmax.cuh describes.
template <class T, int kDim>
__device__ __forceinline__ void multiply_rows(float (&s)[32],
                                              std::uint32_t a_tile,
                                              std::uint32_t b_tile) {
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int i = 0; i < 32; ++i) s[i] = 0;
#pragma unroll
  for (int k = 0; k < kDim / 16; ++k) {
    std::uint32_t a[4];
    load_fragments(a, piece<kDim>(a_tile, warp * 16 + lane % 16, 2 * k + lane / 16));
#pragma unroll
    for (int n = 0; n < 4; ++n) {  // 16 rows of b
      std::uint32_t b[4];
      load_fragments(b,
                     piece<kDim>(b_tile, n * 16 + lane / 16 * 8 + lane % 8, 2 * k + lane / 8 % 2));
      multiply<T>(s + 8 * n, a, b[0], b[1]);
      multiply<T>(s + 8 * n + 4, a, b[2], b[3]);
    }
  }
}

/// o (64 x dim) += weights (64 x 64) . b, a tile of 64 rows.
template <class T, int kDim>
__device__ __forceinline__ void add_columns(float (&o)[kDim / 2],
                                            const std::uint32_t (&weights)[16],
                                            std::uint32_t b_tile) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int k = 0; k < 4; ++k) {  // 16 rows of b
#pragma unroll
    for (int n = 0; n < kDim / 16; ++n) {
      std::uint32_t b[4];
      load_transposed(b, piece<kDim>(b_tile, k * 16 + lane % 16, 2 * n + lane / 16));
      multiply<T>(o + 8 * n, weights + 4 * k, b[0], b[1]);
      multiply<T>(o + 8 * n + 4, weights + 4 * k, b[2], b[3]);
    }
  }
}

inline bool copies_fit(const Operand& operand, Element element) {
  return operand.element == element && operand.dim % 8 == 0 && operand.dim <= 128 &&
         operand.row_stride % 8 == 0 && operand.head_stride % 8 == 0 &&
         operand.strand_stride % 8 == 0 && reinterpret_cast<std::uintptr_t>(operand.data) % 16 == 0;
}

}  // namespace heddle::attention::cuda
