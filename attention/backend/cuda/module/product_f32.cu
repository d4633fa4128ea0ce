// The same products in f32 throughout, on the ordinary units: for `cuda-f32`, whose answers are
// the host's but for the order of a sum. Plain tiles of 64 x 64, 16 channels at a time.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/operations.h"
#include "attention/backend/cuda/module/product_rows.cuh"

namespace heddle::attention::cuda {
namespace {

constexpr int kTile = 64;
constexpr int kDepth = 16;
constexpr int kThreads = 256;

struct Shared {
  float a[kDepth][kTile + 4];
  float b[kDepth][kTile + 4];
};

template <bool kImage>
__device__ void load_stage(const ProductCall& p, Shared& shared, std::int64_t last_row, int stage) {
  const int blocks = (p.channels + kChannelPad - 1) / kChannelPad * (kChannelPad / kDepth);
  const int tap = stage / blocks;
  const int channel0 = (stage - tap * blocks) * kDepth;
  const int ty = tap / p.taps_x;
  const int tx = tap - ty * p.taps_x;
  const std::int64_t depth = std::int64_t{p.taps_y} * p.taps_x * blocks * kDepth;
  for (int i = threadIdx.x; i < kTile * kDepth; i += kThreads) {
    const int line = i / kDepth;
    const int k = i % kDepth;
    const std::int64_t row = min(std::int64_t{blockIdx.x} * kTile + line, last_row);
    const float* from = tap_row<kImage>(p, origin_of<kImage>(p, row), ty, tx);
    shared.a[k][line] = from && channel0 + k < p.channels ? from[channel0 + k] : 0;
    const std::int64_t column = std::int64_t{blockIdx.y} * kTile + line;
    const auto* weight = static_cast<const float*>(p.weight);
    shared.b[k][line] =
        column < p.outputs ? weight[column * depth + std::int64_t{stage} * kDepth + k] : 0;
  }
}

template <bool kImage>
__global__ __launch_bounds__(kThreads) void product_f32(const __grid_constant__ ProductCall p,
                                                        std::int64_t rows) {
  __shared__ Shared shared;
  const int line = threadIdx.x / 16;
  const int column = threadIdx.x % 16;
  const int stages =
      p.taps_y * p.taps_x * ((p.channels + kChannelPad - 1) / kChannelPad * (kChannelPad / kDepth));
  float sums[4][4] = {};
  for (int s = 0; s < stages; ++s) {
    load_stage<kImage>(p, shared, rows - 1, s);
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kDepth; ++k) {
      float b[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) b[j] = shared.b[k][column + 16 * j];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float a = shared.a[k][line + 16 * i];
#pragma unroll
        for (int j = 0; j < 4; ++j) sums[i][j] = fmaf(a, b[j], sums[i][j]);
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < 4; ++i) {
    const std::int64_t row = std::int64_t{blockIdx.x} * kTile + line + 16 * i;
    if (row >= rows) break;
    for (int j = 0; j < 4; ++j) {
      const std::int64_t n = std::int64_t{blockIdx.y} * kTile + column + 16 * j;
      if (n >= p.outputs) break;
      float* to = p.out + row * p.out_stride + n;
      const float sum = sums[i][j] + (p.bias ? p.bias[n] : 0) + (p.accumulate ? *to : 0);
      *to = activated(p.epilogue, sum);
    }
  }
}

}  // namespace

void launch_product_f32(const ProductCall& call, cudaStream_t stream) {
  const std::int64_t rows = output_rows(call);
  const dim3 grid(static_cast<unsigned>((rows + kTile - 1) / kTile),
                  static_cast<unsigned>((call.outputs + kTile - 1) / kTile));
  if (call.height == 1 && call.taps_y == 1) {
    product_f32<false><<<grid, kThreads, 0, stream>>>(call, rows);
  } else {
    product_f32<true><<<grid, kThreads, 0, stream>>>(call, rows);
  }
  check(cudaGetLastError(), "launch of a product in f32");
}

}  // namespace heddle::attention::cuda
