// Dense products and convolutions as one implicit product on the tensor cores: f32 rows are read
// where the taps lie, rounded to fp16 on their way into shared memory, multiplied by fp16 weights
// with f32 sums (mma.sync m16n8k16, so from Ampere on), and bias, residual and activation join
// before the store. A sum runs over taps and channels in one fixed order, so a row's bits depend
// neither on its neighbours nor on the tile.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/operations.h"
#include "attention/backend/cuda/module/product_rows.cuh"

#include <cuda_fp16.h>

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr int kDepth = kChannelPad;  // of a stage
constexpr int kPitch = kDepth + 8;   // of a row in shared memory: eight rows meet 32 banks
constexpr int kWarpRows = 32;

__device__ inline unsigned shared_address(const void* at) {
  return static_cast<unsigned>(__cvta_generic_to_shared(at));
}

__device__ inline void load_matrices(unsigned (&to)[4], const __half* at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(at)));
}

__device__ inline void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// 16 bytes into shared memory, beside other work; zeros where `valid` is false.
__device__ inline void copy_async(void* to, const void* from, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
               "l"(from),
               "r"(valid ? 16 : 0));
}

/// Too large for fp16 becomes the largest.
__device__ inline __half2 rounded(float x, float y) {
  constexpr float kMost = 65504;
  return __floats2half2_rn(fminf(fmaxf(x, -kMost), kMost), fminf(fmaxf(y, -kMost), kMost));
}

/// A tile of kWarps * 32 output rows and kColumns outputs; a warp has 32 rows.
template <int kWarps, int kColumns, bool kImage>
class Tile {
 public:
  static constexpr int kRows = kWarps * kWarpRows;
  static constexpr int kThreads = kWarps * 32;
  static constexpr int kLoads = kRows * kDepth / 4 / kThreads;  // of four floats, a thread

  struct Shared {
    __half a[2][kRows * kPitch];
    __half b[2][kColumns * kPitch];
  };

  __device__ Tile(const ProductCall& p, Shared& shared, std::int64_t rows)
      : p_(p),
        shared_(shared),
        rows_(rows),
        row0_(std::int64_t{blockIdx.x} * kRows),
        column0_(static_cast<int>(blockIdx.y) * kColumns),
        blocks_((p.channels + kDepth - 1) / kDepth),
        wide_(p.channels % 4 == 0 && p.in_stride % 4 == 0 &&
              reinterpret_cast<std::uintptr_t>(p.in) % 16 == 0) {
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      // Rows beyond the last read the last: what they sum is not stored.
      origin_[i] = origin_of<kImage>(p, min(row0_ + loaded_row(i), rows - 1));
    }
  }

  __device__ void run() {
    const int stages = p_.taps_y * p_.taps_x * blocks_;
    begin(0);
    place(0);
    for (int s = 0; s < stages; ++s) {
      asm volatile("cp.async.wait_all;");
      __syncthreads();
      if (s + 1 < stages) begin(s + 1);
      multiply_stage(s % 2);
      if (s + 1 < stages) place((s + 1) % 2);
    }
    store();
  }

 private:
  __device__ int loaded_row(int i) const { return threadIdx.x / 8 + i * (kThreads / 8); }

  /// Loads of stage `s` under way: rows into registers, weights into shared memory.
  __device__ void begin(int s) {
    const int tap = s / blocks_;
    const int channel = (s - tap * blocks_) * kDepth + static_cast<int>(threadIdx.x) % 8 * 4;
    const int ty = kImage ? tap / p_.taps_x : 0;
    const int tx = tap - ty * p_.taps_x;
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      loaded_[i] = four(tap_row<kImage>(p_, origin_[i], ty, tx), channel);
    }
    const auto* weight = static_cast<const __half*>(p_.weight);
    const std::int64_t depth = std::int64_t{p_.taps_y} * p_.taps_x * blocks_ * kDepth;
    for (int i = threadIdx.x; i < kColumns * (kDepth / 8); i += kThreads) {
      const int column = i / (kDepth / 8);
      const int part = i % (kDepth / 8) * 8;
      const bool valid = column0_ + column < p_.outputs;
      const std::int64_t row = valid ? column0_ + column : 0;
      copy_async(&shared_.b[s % 2][column * kPitch + part],
                 weight + row * depth + std::int64_t{s} * kDepth + part,
                 valid);
    }
  }

  __device__ float4 four(const float* row, int channel) const {
    float4 found{0, 0, 0, 0};
    if (!row || channel >= p_.channels) return found;
    if (wide_) return *reinterpret_cast<const float4*>(row + channel);
    found.x = row[channel];
    if (channel + 1 < p_.channels) found.y = row[channel + 1];
    if (channel + 2 < p_.channels) found.z = row[channel + 2];
    if (channel + 3 < p_.channels) found.w = row[channel + 3];
    return found;
  }

  __device__ void place(int buffer) {
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      __half2 halves[2] = {rounded(loaded_[i].x, loaded_[i].y),
                           rounded(loaded_[i].z, loaded_[i].w)};
      __half* to = &shared_.a[buffer][loaded_row(i) * kPitch + threadIdx.x % 8 * 4];
      *reinterpret_cast<uint2*>(to) = *reinterpret_cast<const uint2*>(halves);
    }
  }

  __device__ void multiply_stage(int buffer) {
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const __half* a0 = &shared_.a[buffer][(warp * kWarpRows + lane % 16) * kPitch + lane / 16 * 8];
    const __half* b0 = &shared_.b[buffer][(lane % 8 + lane / 16 * 8) * kPitch + lane / 8 % 2 * 8];
#pragma unroll
    for (int k = 0; k < kDepth; k += 16) {
      unsigned a[2][4];
      load_matrices(a[0], a0 + k);
      load_matrices(a[1], a0 + 16 * kPitch + k);
#pragma unroll
      for (int n = 0; n < kColumns / 16; ++n) {
        unsigned b[4];
        load_matrices(b, b0 + n * 16 * kPitch + k);
#pragma unroll
        for (int m = 0; m < 2; ++m) {
          multiply(sums_[m][2 * n], a[m], b[0], b[1]);
          multiply(sums_[m][2 * n + 1], a[m], b[2], b[3]);
        }
      }
    }
  }

  __device__ void store() const {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int m = 0; m < 2; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const std::int64_t row =
            row0_ + threadIdx.x / 32 * kWarpRows + m * 16 + half * 8 + lane / 4;
        if (row >= rows_) continue;
        float* to = p_.out + row * p_.out_stride;
#pragma unroll
        for (int n = 0; n < kColumns / 8; ++n) {
          store_two(to, column0_ + n * 8 + lane % 4 * 2, &sums_[m][n][half * 2]);
        }
      }
    }
  }

  __device__ void store_two(float* to, int column, const float* sums) const {
    if (column >= p_.outputs) return;
    if (column + 1 < p_.outputs && reinterpret_cast<std::uintptr_t>(to + column) % 8 == 0) {
      auto* at = reinterpret_cast<float2*>(to + column);
      const float2 there = p_.accumulate ? *at : float2{0, 0};
      *at = {finished(p_, sums[0], there.x, column), finished(p_, sums[1], there.y, column + 1)};
      return;
    }
    for (int i = 0; i < 2 && column + i < p_.outputs; ++i) {
      to[column + i] = finished(p_, sums[i], p_.accumulate ? to[column + i] : 0, column + i);
    }
  }

  const ProductCall& p_;
  Shared& shared_;
  std::int64_t rows_;
  std::int64_t row0_;
  int column0_;
  int blocks_;  // of kDepth channels
  bool wide_;
  Origin origin_[kLoads];
  float4 loaded_[kLoads];
  float sums_[2][kColumns / 8][4] = {};
};

template <int kWarps, int kColumns, bool kImage>
__global__ __launch_bounds__(kWarps * 32) void product(const __grid_constant__ ProductCall p,
                                                       std::int64_t rows) {
  __shared__ __align__(16) typename Tile<kWarps, kColumns, kImage>::Shared shared;
  Tile<kWarps, kColumns, kImage>(p, shared, rows).run();
}

template <int kWarps, int kColumns, bool kImage>
void launch(const ProductCall& p, std::int64_t rows, cudaStream_t stream) {
  constexpr int kRows = kWarps * kWarpRows;
  const dim3 grid(static_cast<unsigned>((rows + kRows - 1) / kRows),
                  static_cast<unsigned>((p.outputs + kColumns - 1) / kColumns));
  product<kWarps, kColumns, kImage><<<grid, kWarps * 32, 0, stream>>>(p, rows);
}

/// Tall tiles reread fewer weights; short ones fill the device where there are few.
constexpr std::int64_t kFewTiles = 128;

template <int kColumns, bool kImage>
void launch_rows(const ProductCall& p, std::int64_t rows, cudaStream_t stream) {
  const std::int64_t tiles = (rows + 127) / 128 * ((p.outputs + kColumns - 1) / kColumns);
  if (tiles < kFewTiles) return launch<2, kColumns, kImage>(p, rows, stream);
  launch<4, kColumns, kImage>(p, rows, stream);
}

template <bool kImage>
void launch_columns(const ProductCall& p, std::int64_t rows, cudaStream_t stream) {
  if (p.outputs <= 32) return launch_rows<32, kImage>(p, rows, stream);
  if (p.outputs % 96 == 0 && p.outputs % 64 != 0) return launch_rows<96, kImage>(p, rows, stream);
  launch_rows<64, kImage>(p, rows, stream);
}

}  // namespace

void launch_product(const ProductCall& call, cudaStream_t stream) {
  const std::int64_t rows = output_rows(call);
  if (rows == 0) return;
  if (call.element == Element::kF32) return launch_product_f32(call, stream);
  if (call.element != Element::kF16) throw std::runtime_error("cuda: a product of another type");
  if (call.height == 1 && call.taps_y == 1) {
    launch_columns<false>(call, rows, stream);
  } else {
    launch_columns<true>(call, rows, stream);
  }
  check(cudaGetLastError(), "launch of a product");
}

}  // namespace heddle::attention::cuda
