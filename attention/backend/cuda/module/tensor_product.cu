// Linear layers and convolutions of sequences over rows of bf16: out (+)= bias + the sum over taps
// and channels, in one order whatever the tile. For functions that learn: gradients need the range
// of f32 more than the digits of fp16.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/tensor_tile.cuh"

namespace heddle::attention::cuda {
namespace {

constexpr int kRows = 128;

/// kRows by kColumns of the output, eight warps of kDown by kAcross each.
template <int kColumns, int kDown, int kAcross>
struct ProductTile {
  static constexpr int kWarpsDown = kRows / kDown;
  static_assert(kWarpsDown * (kColumns / kAcross) == kTensorThreads / 32);
  // A warp whose columns are no multiple of 16 reads a few lines more than it uses.
  static constexpr int kLines = (kColumns + 15) / 16 * 16;
  static constexpr int kStage = (kRows + kLines) * kAlongPitch;  // elements
  static constexpr int kBytes = kTensorStages * kStage * 2;
};

struct Place {
  int tap = 0;
  int block = 0;  // of the channels
};

/// What one thread copies of each stage.
template <class Tile, int kColumns>
class Copies {
 public:
  __device__ Copies(const TensorProductCall& p, std::int64_t row0, int column0)
      : p_(p), part_(static_cast<int>(threadIdx.x) % 4 * 8), blocks_(p.pitch / kTensorDepth) {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const std::int64_t row = row0 + line(i);
      inside_[i] = row < p.rows;
      in_window_[i] = static_cast<int>(row % p.window);
      rows_[i] = static_cast<const __nv_bfloat16*>(p.in) + row * p.pitch + part_;
      const int column = column0 + line(i);
      column_[i] = line(i) < kColumns && column < p.outputs;
      weights_[i] = static_cast<const __nv_bfloat16*>(p.weight) +
                    std::int64_t{column} * p.taps * p.pitch + part_;
    }
  }

  __device__ int stages() const { return p_.taps * blocks_; }

  __device__ void begin(__nv_bfloat16* stage, bool any) {
    if (any) {
      const int shift = (place_.tap - p_.taps / 2) * p_.dilation;
      const std::int64_t channel = std::int64_t{place_.block} * kTensorDepth;
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const int at = in_window_[i] + shift;
        const bool valid = inside_[i] && at >= 0 && at < p_.window;
        const __nv_bfloat16* from = rows_[i] + std::int64_t{shift} * p_.pitch + channel;
        copy_ahead(stage + line(i) * kAlongPitch + part_,
                   valid ? from : static_cast<const __nv_bfloat16*>(p_.in),
                   valid);
        if (line(i) >= Tile::kLines) continue;
        const __nv_bfloat16* weight = weights_[i] + place_.tap * p_.pitch + channel;
        copy_ahead(stage + (kRows + line(i)) * kAlongPitch + part_,
                   column_[i] ? weight : static_cast<const __nv_bfloat16*>(p_.weight),
                   column_[i]);
      }
      if (++place_.block == blocks_) place_ = {place_.tap + 1, 0};
    }
    close_stage();
  }

 private:
  __device__ static int line(int i) { return static_cast<int>(threadIdx.x) / 4 + 64 * i; }

  const TensorProductCall& p_;
  int part_;
  int blocks_;
  Place place_;
  bool inside_[2];
  bool column_[2];
  int in_window_[2];
  const __nv_bfloat16* rows_[2];
  const __nv_bfloat16* weights_[2];
};

__device__ inline void store(const TensorProductCall& p, std::int64_t row, int column, float x) {
  if (column >= p.outputs) return;
  float& to = p.out[row * p.out_stride + column];
  const float sum = x + (p.bias ? __ldg(p.bias + column) : 0);
  to = p.accumulate ? to + sum : sum;
}

/// Two neighbours of a row.
__device__ inline void store_pair(
    const TensorProductCall& p, std::int64_t row, int column, float x, float y, bool wide) {
  if (!wide || column + 1 >= p.outputs) {
    store(p, row, column, x);
    store(p, row, column + 1, y);
    return;
  }
  auto& to = *reinterpret_cast<float2*>(p.out + row * p.out_stride + column);
  float2 sum = {x, y};
  if (p.bias) {
    sum.x += __ldg(p.bias + column);
    sum.y += __ldg(p.bias + column + 1);
  }
  if (p.accumulate) {
    const float2 there = to;
    sum.x += there.x;
    sum.y += there.y;
  }
  to = sum;
}

template <int kColumns, int kDown, int kAcross>
__global__ __launch_bounds__(kTensorThreads,
                             2) void tensor_product(const __grid_constant__ TensorProductCall p) {
  using Tile = ProductTile<kColumns, kDown, kAcross>;
  extern __shared__ __align__(16) unsigned char memory[];
  auto* stages = reinterpret_cast<__nv_bfloat16*>(memory);
  const std::int64_t row0 = std::int64_t{blockIdx.x} * kRows;
  const int column0 = static_cast<int>(blockIdx.y) * kColumns;
  Copies<Tile, kColumns> copies(p, row0, column0);
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int down = warp % Tile::kWarpsDown * kDown;
  const int across = warp / Tile::kWarpsDown * kAcross;
  const int a_at = (down + lane % 16) * kAlongPitch + lane / 16 * 8;
  const int b_at = (kRows + across + lane % 8 + lane / 16 * 8) * kAlongPitch + lane / 8 % 2 * 8;
  float sums[kDown / 16][kAcross / 8][4] = {};

  const int count = copies.stages();
  for (int s = 0; s < kTensorStages - 1; ++s) copies.begin(stages + s * Tile::kStage, s < count);
  for (int s = 0; s < count; ++s) {
    await_stage();
    __syncthreads();
    const int next = s + kTensorStages - 1;
    copies.begin(stages + next % kTensorStages * Tile::kStage, next < count);
    const __nv_bfloat16* stage = stages + s % kTensorStages * Tile::kStage;
    add_stage<false>(sums, stage + a_at, kAlongPitch, stage + b_at, kAlongPitch);
  }
  const bool wide = p.out_stride % 2 == 0 && reinterpret_cast<std::uintptr_t>(p.out) % 8 == 0;
#pragma unroll
  for (int m = 0; m < kDown / 16; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const std::int64_t row = row0 + down + 16 * m + lane / 4 + 8 * half;
      if (row >= p.rows) continue;
#pragma unroll
      for (int n = 0; n < kAcross / 8; ++n) {
        const float* sum = &sums[m][n][2 * half];
        store_pair(p, row, column0 + across + 8 * n + lane % 4 * 2, sum[0], sum[1], wide);
      }
    }
  }
}

template <int kColumns, int kDown, int kAcross>
void launch(const TensorProductCall& p, cudaStream_t stream) {
  constexpr int kBytes = ProductTile<kColumns, kDown, kAcross>::kBytes;
  const auto kernel = tensor_product<kColumns, kDown, kAcross>;
  static const cudaError_t allowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  check(allowed, "shared memory of a product of bf16");
  const dim3 grid(static_cast<unsigned>((p.rows + kRows - 1) / kRows),
                  static_cast<unsigned>((p.outputs + kColumns - 1) / kColumns));
  kernel<<<grid, kTensorThreads, kBytes, stream>>>(p);
}

/// Do tiles of 96 leave less unused than tiles of 128?
bool by_96(int extent) { return (extent + 95) / 96 * 96 < (extent + 127) / 128 * 128; }

}  // namespace

void launch_tensor_product(const TensorProductCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.outputs == 0) return;
  if (call.outputs <= 32) {
    launch<32, 16, 32>(call, stream);
  } else if (by_96(call.outputs)) {
    launch<96, 32, 48>(call, stream);
  } else {
    launch<128, 64, 32>(call, stream);
  }
  check(cudaGetLastError(), "launch of a product of bf16");
}

}  // namespace heddle::attention::cuda
