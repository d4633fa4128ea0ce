#pragma once
// The Hopper instructions the forward kernel is made of, one function each: mbarriers, bulk tensor
// copies, wgmma, named barriers, register reallocation. PTX ISA 8.x names; sm_90a only.

#include "attention/backend/cuda/module/launch.h"

#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

namespace heddle::attention::cuda {

__device__ __forceinline__ std::uint32_t shared_address(const void* p) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(p));
}

__device__ __forceinline__ void init_barrier(std::uint64_t* barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(arrivals));
}

__device__ __forceinline__ void arrive(std::uint64_t* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier))
               : "memory");
}

__device__ __forceinline__ void arrive_expecting(std::uint64_t* barrier, int bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
      "r"(bytes)
      : "memory");
}

__device__ __forceinline__ void wait(std::uint64_t* barrier, int parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "AGAIN:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@done bra DONE;\n"
      "bra AGAIN;\n"
      "DONE:\n"
      "}" ::"r"(shared_address(barrier)),
      "r"(parity)
      : "memory");
}

/// `bytes` consecutive bytes into shared memory; both places and the size multiples of 16.
__device__ __forceinline__ void load_bytes(void* to,
                                           const void* from,
                                           int bytes,
                                           std::uint64_t* barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(shared_address(to)),
      "l"(from),
      "r"(bytes),
      "r"(shared_address(barrier))
      : "memory");
}

/// A box of a (heads, rows, columns) tensor into shared memory; rows and columns outside are zeros.
__device__ __forceinline__ void load_box(void* to,
                                         const CUtensorMap* map,
                                         std::uint64_t* barrier,
                                         int column,
                                         int row,
                                         HeadPlace place) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, "
      "%4, %5, %6}], [%2];" ::"r"(shared_address(to)),
      "l"(map),
      "r"(shared_address(barrier)),
      "r"(column),
      "r"(row),
      "r"(place.strand),
      "r"(place.head)
      : "memory");
}

__device__ __forceinline__ void sync_named(int barrier, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

__device__ __forceinline__ void arrive_named(int barrier, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

template <int kRegisters>
__device__ __forceinline__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

template <int kRegisters>
__device__ __forceinline__ void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

__device__ __forceinline__ void wgmma_fence() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

/// Until at most kPending committed groups of this warpgroup are still running.
template <int kPending>
__device__ __forceinline__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

/// Keeps the compiler from moving reads of accumulators above the wait.
template <int kElements>
__device__ __forceinline__ void pin(float (&x)[kElements]) {
#pragma unroll
  for (int i = 0; i < kElements; ++i) asm volatile("" : "+f"(x[i])::"memory");
}

/// A matrix descriptor for 128-byte swizzled rows of 64 elements. `leading`: bytes between
/// 64-column groups (only read where columns are the N axis); 8 rows of 128 bytes follow each
/// other.
__device__ __forceinline__ std::uint64_t matrix(std::uint32_t address, int leading) {
  constexpr std::uint64_t kSwizzle128 = std::uint64_t{1} << 62;
  constexpr std::uint64_t kEightRows = std::uint64_t{1024 / 16} << 32;
  return kSwizzle128 | kEightRows | (std::uint64_t(leading / 16) << 16) |
         ((address & 0x3FFFF) / 16);
}

// The operands of wgmma: an accumulator is a list of registers, which PTX takes one by one.
// clang-format off
#define HEDDLE_NAMES_32 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define HEDDLE_NAMES_64 HEDDLE_NAMES_32 ", " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
// clang-format on
#define HEDDLE_FLOATS_8(d, i)                                                                 \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define HEDDLE_FLOATS_32(d, i)                                                  \
  HEDDLE_FLOATS_8(d, i), HEDDLE_FLOATS_8(d, i + 8), HEDDLE_FLOATS_8(d, i + 16), \
      HEDDLE_FLOATS_8(d, i + 24)

#define HEDDLE_WGMMA_SHARED(type)                                                       \
  asm volatile(                                                                         \
      "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"                                      \
      "wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type " {" HEDDLE_NAMES_64 \
      "}, %64, %65, p, 1, 1, 0, 0;\n}"                                                  \
      : HEDDLE_FLOATS_32(d, 0), HEDDLE_FLOATS_32(d, 32)                                 \
      : "l"(a), "l"(b), "r"(accumulate))

#define HEDDLE_WGMMA_SHARED_64(type)                                                   \
  asm volatile(                                                                        \
      "{\n.reg .pred p;\nsetp.ne.b32 p, %34, 0;\n"                                     \
      "wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " {" HEDDLE_NAMES_32 \
      "}, %32, %33, p, 1, 1, 0, 0;\n}"                                                 \
      : HEDDLE_FLOATS_32(d, 0)                                                         \
      : "l"(a), "l"(b), "r"(accumulate))

#define HEDDLE_WGMMA_REGISTERS_128(type)                                                         \
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type " {" HEDDLE_NAMES_64 \
               "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;"                                       \
               : HEDDLE_FLOATS_32(d, 0), HEDDLE_FLOATS_32(d, 32)                                 \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b))

#define HEDDLE_WGMMA_REGISTERS_64(type)                                                         \
  asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " {" HEDDLE_NAMES_32 \
               "}, {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"                                      \
               : HEDDLE_FLOATS_32(d, 0)                                                         \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b))

/// d (64 x 128) = or += a . b^T, both with 16 columns in shared memory, columns contiguous.
template <class T>
__device__ __forceinline__ void multiply_shared(float (&d)[64],
                                                std::uint64_t a,
                                                std::uint64_t b,
                                                int accumulate) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    HEDDLE_WGMMA_SHARED("bf16");
  } else {
    HEDDLE_WGMMA_SHARED("f16");
  }
}

/// d (64 x 64) = or += a . b^T.
template <class T>
__device__ __forceinline__ void multiply_shared(float (&d)[32],
                                                std::uint64_t a,
                                                std::uint64_t b,
                                                int accumulate) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    HEDDLE_WGMMA_SHARED_64("bf16");
  } else {
    HEDDLE_WGMMA_SHARED_64("f16");
  }
}

/// d (64 x N) += a . b, a (64 x 16) in registers, b (16 x N) in shared memory, N contiguous.
template <class T>
__device__ __forceinline__ void multiply_registers(float (&d)[64],
                                                   const std::uint32_t* a,
                                                   std::uint64_t b) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    HEDDLE_WGMMA_REGISTERS_128("bf16");
  } else {
    HEDDLE_WGMMA_REGISTERS_128("f16");
  }
}

template <class T>
__device__ __forceinline__ void multiply_registers(float (&d)[32],
                                                   const std::uint32_t* a,
                                                   std::uint64_t b) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    HEDDLE_WGMMA_REGISTERS_64("bf16");
  } else {
    HEDDLE_WGMMA_REGISTERS_64("f16");
  }
}

#undef HEDDLE_NAMES_32
#undef HEDDLE_NAMES_64
#undef HEDDLE_FLOATS_8
#undef HEDDLE_FLOATS_32
#undef HEDDLE_WGMMA_SHARED
#undef HEDDLE_WGMMA_SHARED_64
#undef HEDDLE_WGMMA_REGISTERS_128
#undef HEDDLE_WGMMA_REGISTERS_64

}  // namespace heddle::attention::cuda
