#pragma once
// What the products of bf16 share: rows of bf16 copied into shared memory several stages ahead, and
// matrices from there to the tensor cores (mma.sync m16n8k16 with f32 sums, so from Ampere on).

#include <cuda_bf16.h>

#include <cstdint>

namespace heddle::attention::cuda {

constexpr int kTensorThreads = 256;
constexpr int kTensorStages = 4;
constexpr int kTensorDepth = 32;  // what a stage sums over

__device__ inline unsigned tile_address(const void* at) {
  return static_cast<unsigned>(__cvta_generic_to_shared(at));
}

/// 16 bytes on their way into shared memory; zeros where `valid` is false.
__device__ inline void copy_ahead(__nv_bfloat16* to, const __nv_bfloat16* from, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(tile_address(to)),
               "l"(from),
               "r"(valid ? 16 : 0));
}
__device__ inline void close_stage() { asm volatile("cp.async.commit_group;"); }
/// The oldest of the stages under way is there.
__device__ inline void await_stage() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kTensorStages - 2));
}

/// Four 8 x 8 matrices as they lie; and each turned.
__device__ inline void load_four(unsigned (&to)[4], const __nv_bfloat16* at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(tile_address(at)));
}
__device__ inline void load_four_turned(unsigned (&to)[4], const __nv_bfloat16* at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(tile_address(at)));
}

__device__ inline void add_product(float (&sum)[4],
                                   const unsigned (&a)[4],
                                   unsigned b0,
                                   unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// From line to line of an operand that lies along what is summed; of one across it, with so many
/// columns: no two rows of a matrix share a bank.
constexpr int kAlongPitch = kTensorDepth + 8;
constexpr int across_pitch(int columns) { return columns + 8; }

/// sums += a . b over one stage: kDown by kAcross of a warp's 16 x 8 matrices.
template <bool kTurned, int kDown, int kAcross>
__device__ __forceinline__ void add_stage(float (&sums)[kDown][kAcross][4],
                                          const __nv_bfloat16* a_stage,
                                          int a_pitch,
                                          const __nv_bfloat16* b_stage,
                                          int b_pitch) {
#pragma unroll
  for (int k = 0; k < kTensorDepth; k += 16) {
    unsigned a[kDown][4];
#pragma unroll
    for (int m = 0; m < kDown; ++m) {
      if constexpr (kTurned) {
        load_four_turned(a[m], a_stage + k * a_pitch + 16 * m);
      } else {
        load_four(a[m], a_stage + 16 * m * a_pitch + k);
      }
    }
#pragma unroll
    for (int n = 0; n < (kAcross + 1) / 2; ++n) {
      unsigned b[4];
      if constexpr (kTurned) {
        load_four_turned(b, b_stage + k * b_pitch + 16 * n);
      } else {
        load_four(b, b_stage + 16 * n * b_pitch + k);
      }
#pragma unroll
      for (int m = 0; m < kDown; ++m) {
        add_product(sums[m][2 * n], a[m], b[0], b[1]);
        if constexpr (kAcross % 2 == 0) {
          add_product(sums[m][2 * n + 1], a[m], b[2], b[3]);
        } else if (2 * n + 1 < kAcross) {
          add_product(sums[m][2 * n + 1], a[m], b[2], b[3]);
        }
      }
    }
  }
}

}  // namespace heddle::attention::cuda
