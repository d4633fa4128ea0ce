#pragma once
// The Hopper instructions the forward kernel is made of, one function each: mbarriers, bulk tensor
// copies, wgmma, named barriers, register reallocation. PTX ISA 8.x names; sm_90a only.

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

/// A box of a (heads, rows, columns) tensor into shared memory; rows and columns outside are zeros.
__device__ __forceinline__ void load_box(
    void* to, const CUtensorMap* map, std::uint64_t* barrier, int column, int row, int head) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, "
      "%4, %5}], [%2];" ::"r"(shared_address(to)),
      "l"(map),
      "r"(shared_address(barrier)),
      "r"(column),
      "r"(row),
      "r"(head)
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

/// d (64 x 128) = or += a . b^T, both with 16 columns in shared memory, columns contiguous.
template <class T>
__device__ __forceinline__ void multiply_shared(float (&d)[64],
                                                std::uint64_t a,
                                                std::uint64_t b,
                                                int accumulate) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    asm volatile(
        "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, "
        "%37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, "
        "%55, %56, %57, %58, %59, %60, %61, %62, %63}, "
        "%64, %65, p, 1, 1, 0, 0;\n}"
        : "+f"(d[0]),
          "+f"(d[1]),
          "+f"(d[2]),
          "+f"(d[3]),
          "+f"(d[4]),
          "+f"(d[5]),
          "+f"(d[6]),
          "+f"(d[7]),
          "+f"(d[8]),
          "+f"(d[9]),
          "+f"(d[10]),
          "+f"(d[11]),
          "+f"(d[12]),
          "+f"(d[13]),
          "+f"(d[14]),
          "+f"(d[15]),
          "+f"(d[16]),
          "+f"(d[17]),
          "+f"(d[18]),
          "+f"(d[19]),
          "+f"(d[20]),
          "+f"(d[21]),
          "+f"(d[22]),
          "+f"(d[23]),
          "+f"(d[24]),
          "+f"(d[25]),
          "+f"(d[26]),
          "+f"(d[27]),
          "+f"(d[28]),
          "+f"(d[29]),
          "+f"(d[30]),
          "+f"(d[31]),
          "+f"(d[32]),
          "+f"(d[33]),
          "+f"(d[34]),
          "+f"(d[35]),
          "+f"(d[36]),
          "+f"(d[37]),
          "+f"(d[38]),
          "+f"(d[39]),
          "+f"(d[40]),
          "+f"(d[41]),
          "+f"(d[42]),
          "+f"(d[43]),
          "+f"(d[44]),
          "+f"(d[45]),
          "+f"(d[46]),
          "+f"(d[47]),
          "+f"(d[48]),
          "+f"(d[49]),
          "+f"(d[50]),
          "+f"(d[51]),
          "+f"(d[52]),
          "+f"(d[53]),
          "+f"(d[54]),
          "+f"(d[55]),
          "+f"(d[56]),
          "+f"(d[57]),
          "+f"(d[58]),
          "+f"(d[59]),
          "+f"(d[60]),
          "+f"(d[61]),
          "+f"(d[62]),
          "+f"(d[63])
        : "l"(a), "l"(b), "r"(accumulate));
  }

  if constexpr (std::is_same_v<T, __half>) {
    asm volatile(
        "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, "
        "%37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, "
        "%55, %56, %57, %58, %59, %60, %61, %62, %63}, "
        "%64, %65, p, 1, 1, 0, 0;\n}"
        : "+f"(d[0]),
          "+f"(d[1]),
          "+f"(d[2]),
          "+f"(d[3]),
          "+f"(d[4]),
          "+f"(d[5]),
          "+f"(d[6]),
          "+f"(d[7]),
          "+f"(d[8]),
          "+f"(d[9]),
          "+f"(d[10]),
          "+f"(d[11]),
          "+f"(d[12]),
          "+f"(d[13]),
          "+f"(d[14]),
          "+f"(d[15]),
          "+f"(d[16]),
          "+f"(d[17]),
          "+f"(d[18]),
          "+f"(d[19]),
          "+f"(d[20]),
          "+f"(d[21]),
          "+f"(d[22]),
          "+f"(d[23]),
          "+f"(d[24]),
          "+f"(d[25]),
          "+f"(d[26]),
          "+f"(d[27]),
          "+f"(d[28]),
          "+f"(d[29]),
          "+f"(d[30]),
          "+f"(d[31]),
          "+f"(d[32]),
          "+f"(d[33]),
          "+f"(d[34]),
          "+f"(d[35]),
          "+f"(d[36]),
          "+f"(d[37]),
          "+f"(d[38]),
          "+f"(d[39]),
          "+f"(d[40]),
          "+f"(d[41]),
          "+f"(d[42]),
          "+f"(d[43]),
          "+f"(d[44]),
          "+f"(d[45]),
          "+f"(d[46]),
          "+f"(d[47]),
          "+f"(d[48]),
          "+f"(d[49]),
          "+f"(d[50]),
          "+f"(d[51]),
          "+f"(d[52]),
          "+f"(d[53]),
          "+f"(d[54]),
          "+f"(d[55]),
          "+f"(d[56]),
          "+f"(d[57]),
          "+f"(d[58]),
          "+f"(d[59]),
          "+f"(d[60]),
          "+f"(d[61]),
          "+f"(d[62]),
          "+f"(d[63])
        : "l"(a), "l"(b), "r"(accumulate));
  }
}

/// d (64 x N) += a . b, a (64 x 16) in registers, b (16 x N) in shared memory, N contiguous.
template <class T>
__device__ __forceinline__ void multiply_registers(float (&d)[64],
                                                   const std::uint32_t* a,
                                                   std::uint64_t b) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, "
        "%37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, "
        "%55, %56, %57, %58, %59, %60, %61, %62, %63}, "
        "{%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
        : "+f"(d[0]),
          "+f"(d[1]),
          "+f"(d[2]),
          "+f"(d[3]),
          "+f"(d[4]),
          "+f"(d[5]),
          "+f"(d[6]),
          "+f"(d[7]),
          "+f"(d[8]),
          "+f"(d[9]),
          "+f"(d[10]),
          "+f"(d[11]),
          "+f"(d[12]),
          "+f"(d[13]),
          "+f"(d[14]),
          "+f"(d[15]),
          "+f"(d[16]),
          "+f"(d[17]),
          "+f"(d[18]),
          "+f"(d[19]),
          "+f"(d[20]),
          "+f"(d[21]),
          "+f"(d[22]),
          "+f"(d[23]),
          "+f"(d[24]),
          "+f"(d[25]),
          "+f"(d[26]),
          "+f"(d[27]),
          "+f"(d[28]),
          "+f"(d[29]),
          "+f"(d[30]),
          "+f"(d[31]),
          "+f"(d[32]),
          "+f"(d[33]),
          "+f"(d[34]),
          "+f"(d[35]),
          "+f"(d[36]),
          "+f"(d[37]),
          "+f"(d[38]),
          "+f"(d[39]),
          "+f"(d[40]),
          "+f"(d[41]),
          "+f"(d[42]),
          "+f"(d[43]),
          "+f"(d[44]),
          "+f"(d[45]),
          "+f"(d[46]),
          "+f"(d[47]),
          "+f"(d[48]),
          "+f"(d[49]),
          "+f"(d[50]),
          "+f"(d[51]),
          "+f"(d[52]),
          "+f"(d[53]),
          "+f"(d[54]),
          "+f"(d[55]),
          "+f"(d[56]),
          "+f"(d[57]),
          "+f"(d[58]),
          "+f"(d[59]),
          "+f"(d[60]),
          "+f"(d[61]),
          "+f"(d[62]),
          "+f"(d[63])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  }

  if constexpr (std::is_same_v<T, __half>) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, "
        "%37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, "
        "%55, %56, %57, %58, %59, %60, %61, %62, %63}, "
        "{%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
        : "+f"(d[0]),
          "+f"(d[1]),
          "+f"(d[2]),
          "+f"(d[3]),
          "+f"(d[4]),
          "+f"(d[5]),
          "+f"(d[6]),
          "+f"(d[7]),
          "+f"(d[8]),
          "+f"(d[9]),
          "+f"(d[10]),
          "+f"(d[11]),
          "+f"(d[12]),
          "+f"(d[13]),
          "+f"(d[14]),
          "+f"(d[15]),
          "+f"(d[16]),
          "+f"(d[17]),
          "+f"(d[18]),
          "+f"(d[19]),
          "+f"(d[20]),
          "+f"(d[21]),
          "+f"(d[22]),
          "+f"(d[23]),
          "+f"(d[24]),
          "+f"(d[25]),
          "+f"(d[26]),
          "+f"(d[27]),
          "+f"(d[28]),
          "+f"(d[29]),
          "+f"(d[30]),
          "+f"(d[31]),
          "+f"(d[32]),
          "+f"(d[33]),
          "+f"(d[34]),
          "+f"(d[35]),
          "+f"(d[36]),
          "+f"(d[37]),
          "+f"(d[38]),
          "+f"(d[39]),
          "+f"(d[40]),
          "+f"(d[41]),
          "+f"(d[42]),
          "+f"(d[43]),
          "+f"(d[44]),
          "+f"(d[45]),
          "+f"(d[46]),
          "+f"(d[47]),
          "+f"(d[48]),
          "+f"(d[49]),
          "+f"(d[50]),
          "+f"(d[51]),
          "+f"(d[52]),
          "+f"(d[53]),
          "+f"(d[54]),
          "+f"(d[55]),
          "+f"(d[56]),
          "+f"(d[57]),
          "+f"(d[58]),
          "+f"(d[59]),
          "+f"(d[60]),
          "+f"(d[61]),
          "+f"(d[62]),
          "+f"(d[63])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  }
}

template <class T>
__device__ __forceinline__ void multiply_registers(float (&d)[32],
                                                   const std::uint32_t* a,
                                                   std::uint64_t b) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
        "{%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
        : "+f"(d[0]),
          "+f"(d[1]),
          "+f"(d[2]),
          "+f"(d[3]),
          "+f"(d[4]),
          "+f"(d[5]),
          "+f"(d[6]),
          "+f"(d[7]),
          "+f"(d[8]),
          "+f"(d[9]),
          "+f"(d[10]),
          "+f"(d[11]),
          "+f"(d[12]),
          "+f"(d[13]),
          "+f"(d[14]),
          "+f"(d[15]),
          "+f"(d[16]),
          "+f"(d[17]),
          "+f"(d[18]),
          "+f"(d[19]),
          "+f"(d[20]),
          "+f"(d[21]),
          "+f"(d[22]),
          "+f"(d[23]),
          "+f"(d[24]),
          "+f"(d[25]),
          "+f"(d[26]),
          "+f"(d[27]),
          "+f"(d[28]),
          "+f"(d[29]),
          "+f"(d[30]),
          "+f"(d[31])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  }

  if constexpr (std::is_same_v<T, __half>) {
    asm volatile(
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 "
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
        "{%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
        : "+f"(d[0]),
          "+f"(d[1]),
          "+f"(d[2]),
          "+f"(d[3]),
          "+f"(d[4]),
          "+f"(d[5]),
          "+f"(d[6]),
          "+f"(d[7]),
          "+f"(d[8]),
          "+f"(d[9]),
          "+f"(d[10]),
          "+f"(d[11]),
          "+f"(d[12]),
          "+f"(d[13]),
          "+f"(d[14]),
          "+f"(d[15]),
          "+f"(d[16]),
          "+f"(d[17]),
          "+f"(d[18]),
          "+f"(d[19]),
          "+f"(d[20]),
          "+f"(d[21]),
          "+f"(d[22]),
          "+f"(d[23]),
          "+f"(d[24]),
          "+f"(d[25]),
          "+f"(d[26]),
          "+f"(d[27]),
          "+f"(d[28]),
          "+f"(d[29]),
          "+f"(d[30]),
          "+f"(d[31])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
  }
}

}  // namespace heddle::attention::cuda
