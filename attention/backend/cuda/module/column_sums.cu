// Sums over rows, one a channel: gradients of biases and of gains. And columns moved, scaled and
// added.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/row_terms.cuh"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kLines = 32;  // of parts that a block sums side by side
constexpr std::int64_t kRowsAPart = 256;
constexpr std::int64_t kMostLines = 32768;

__global__ __launch_bounds__(kThreads) void row_terms(const __grid_constant__ ColumnSumCall p) {
  const int lane = threadIdx.x % 32;
  const std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (row >= p.rows) return;
  const NormTerms terms = norm_terms(p.op, p.in + row * p.in_stride, p.channels, p.eps, lane);
  if (lane == 0) reinterpret_cast<NormTerms*>(p.terms)[row] = terms;
}

/// A block takes 32 channels of a part of the rows; its warps take every kWarps-th row, and their
/// sums join in order.
template <bool kGain>
__global__ __launch_bounds__(kThreads) void column_parts(const __grid_constant__ ColumnSumCall p) {
  __shared__ float shared[2][kWarps][33];
  const int lane = threadIdx.x % 32;
  const int line = threadIdx.x / 32;
  const std::int64_t c = std::int64_t{blockIdx.x} * 32 + lane;
  const std::int64_t length = (p.rows + gridDim.y - 1) / gridDim.y;
  const std::int64_t end = min(p.rows, (blockIdx.y + 1) * length);
  float plain = 0;
  float along = 0;
  if (c < p.channels) {
#pragma unroll 4
    for (std::int64_t row = blockIdx.y * length + line; row < end; row += kWarps) {
      const float y = p.y[row * p.y_stride + c];
      plain += y;
      if constexpr (kGain) {
        const NormTerms terms = reinterpret_cast<const NormTerms*>(p.terms)[row];
        along = fmaf(y, (p.in[row * p.in_stride + c] - terms.mean) * terms.scale, along);
      }
    }
  }
  shared[0][line][lane] = plain;
  shared[1][line][lane] = along;
  __syncthreads();
  if (line > 1 || c >= p.channels) return;
  float sum = 0;
  for (int i = 0; i < kWarps; ++i) sum += shared[line][i][lane];
  p.partial[(2 * blockIdx.y + line) * p.channels + c] = sum;
}

/// Parts in their order, 32 side by side: a block takes 32 channels.
__global__ __launch_bounds__(32 * kLines) void join_columns(const __grid_constant__ ColumnSumCall p,
                                                            int parts) {
  __shared__ float shared[kLines][33];
  const int lane = threadIdx.x % 32;
  const int line = threadIdx.x / 32;
  const std::int64_t c = std::int64_t{blockIdx.x} * 32 + lane;
  float* to = blockIdx.y == 0 ? p.bias : p.gain;
  if (!to) return;
  float sum = 0;
  for (int part = line; part < parts && c < p.channels; part += kLines) {
    sum += p.partial[(2 * part + blockIdx.y) * p.channels + c];
  }
  shared[line][lane] = sum;
  __syncthreads();
  if (line > 0 || c >= p.channels) return;
  sum = 0;
  for (int i = 0; i < kLines; ++i) sum += shared[i][lane];
  to[c] += sum;
}

__global__ __launch_bounds__(kThreads) void columns(const __grid_constant__ ColumnsCall p) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= p.count) return;
  for (std::int64_t row = blockIdx.y; row < p.rows; row += gridDim.y) {
    float& to = p.to[row * p.to_stride + i];
    const float x = p.from ? p.scale * p.from[row * p.from_stride + i] : 0;
    to = p.add ? to + x : x;
  }
}

}  // namespace

void launch_column_sums(const ColumnSumCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.channels == 0) return;
  const auto blocks = static_cast<unsigned>((call.channels + 31) / 32);
  const auto parts = std::clamp<std::int64_t>(call.rows / kRowsAPart, 1, kColumnParts);
  const dim3 grid(blocks, static_cast<unsigned>(parts));
  if (call.gain) {
    const auto by_warps = static_cast<unsigned>((call.rows + kWarps - 1) / kWarps);
    row_terms<<<by_warps, kThreads, 0, stream>>>(call);
    column_parts<true><<<grid, kThreads, 0, stream>>>(call);
  } else {
    column_parts<false><<<grid, kThreads, 0, stream>>>(call);
  }
  join_columns<<<dim3(blocks, 2), 32 * kLines, 0, stream>>>(call, static_cast<int>(parts));
  check(cudaGetLastError(), "launch of sums over rows");
}

void launch_columns_moved(const ColumnsCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.count == 0) return;
  ColumnsCall p = call;
  if (p.from_stride == p.count && p.to_stride == p.count) {
    p.count *= p.rows;
    p.rows = 1;
  }
  const dim3 grid(static_cast<unsigned>((p.count + kThreads - 1) / kThreads),
                  static_cast<unsigned>(std::min(p.rows, kMostLines)));
  columns<<<grid, kThreads, 0, stream>>>(p);
  check(cudaGetLastError(), "launch of moved columns");
}

}  // namespace heddle::attention::cuda
