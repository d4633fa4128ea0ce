// The same gradients of weights in f32 throughout, on the ordinary units, for `cuda-f32`. Plain
// tiles of 64 x 64, 16 rows at a time.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/weight_gradient.cuh"

namespace heddle::attention::cuda {
namespace {

constexpr int kTile = 64;
constexpr int kStageRows = 16;
constexpr int kThreads = 256;

__global__ __launch_bounds__(kThreads) void weight_gradient_f32(
    const __grid_constant__ WeightGradientCall p) {
  __shared__ float a[kStageRows][kTile];
  __shared__ float b[kStageRows][kTile];
  const RowPart rows = row_part(p, static_cast<int>(blockIdx.z));
  const int output0 = static_cast<int>(blockIdx.x) * kTile;
  const int column0 = static_cast<int>(blockIdx.y) * kTile;
  const int columns = in_columns(p);
  const int down = static_cast<int>(threadIdx.x) / 16;
  const int across = static_cast<int>(threadIdx.x) % 16;
  float sums[4][4] = {};
  for (std::int64_t row = rows.begin; row < rows.end; row += kStageRows) {
    for (int i = threadIdx.x; i < kTile * kStageRows; i += kThreads) {
      const int line = i / kTile;
      const int column = i % kTile;
      const std::int64_t r = row + line;
      const std::int64_t from = r + rows.shift;
      const bool inside = r < rows.end && in_window(p, r, rows.shift);
      const bool a_inside = inside && output0 + column < p.outputs;
      const bool b_inside = inside && column0 + column < columns;
      a[line][column] =
          a_inside ? static_cast<const float*>(p.out_gradient)[r * p.out_stride + output0 + column]
                   : 0;
      b[line][column] =
          b_inside ? static_cast<const float*>(p.in)[from * p.in_stride + column0 + column] : 0;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kStageRows; ++k) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          sums[i][j] = fmaf(a[k][down + 16 * i], b[k][across + 16 * j], sums[i][j]);
        }
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const int o = output0 + down + 16 * i;
      const int c = column0 + across + 16 * j;
      if (o < p.outputs && c < columns) store_sum(p, rows, o, c, sums[i][j]);
    }
  }
}

}  // namespace

void launch_weight_gradient_f32(const WeightGradientCall& call, cudaStream_t stream) {
  const auto tiles = [](int extent) { return static_cast<unsigned>((extent + kTile - 1) / kTile); };
  const dim3 grid(tiles(call.outputs),
                  tiles(in_columns(call)),
                  static_cast<unsigned>((call.patch ? 1 : call.taps) * call.splits));
  weight_gradient_f32<<<grid, kThreads, 0, stream>>>(call);
  check(cudaGetLastError(), "launch of a weight's gradient in f32");
}

}  // namespace heddle::attention::cuda
