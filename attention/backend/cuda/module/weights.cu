// Weights that change, turned into what the products read; and the last step of their gradients.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/operation_api.h"

#include <cuda_bf16.h>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kTile = 32;

/// Lines of a packed weight, their taps, and what a tap sums over.
struct Packed {
  int lines;
  int taps;
  int depth;
  int width;  // depth, padded
};

__host__ __device__ Packed packed_of(const PackCall& p) {
  Packed made{.lines = p.transposed ? p.channels : p.outputs,
              .taps = p.patch ? 1 : p.taps,
              .depth = p.transposed ? p.outputs : p.channels,
              .width = 0};
  if (p.patch) (p.transposed ? made.lines : made.depth) *= p.taps;
  made.width = (made.depth + kChannelPad - 1) / kChannelPad * kChannelPad;
  return made;
}

/// Where element `k` of a line's tap lies in the weight.
__device__ std::int64_t source_of(const PackCall& p, int line, int tap, int k) {
  int output = p.transposed ? k : line;
  int channel = p.transposed ? line : k;
  int at = p.transposed ? p.taps - 1 - tap : tap;
  if (p.patch) {
    at = channel / p.channels;
    channel -= at * p.channels;
  }
  return (std::int64_t{output} * p.channels + channel) * p.taps + at;
}

template <class T>
__device__ T stored(float x) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return x;
  } else {
    return __float2bfloat16(x);
  }
}

/// A block takes 32 lines by 32 elements of a tap, through shared memory, so that a transposed
/// weight is read along its rows and written along the packed ones.
template <class T>
__global__ __launch_bounds__(kThreads) void pack(const __grid_constant__ PackCall p) {
  __shared__ float tile[kTile][kTile + 1];
  const Packed to = packed_of(p);
  const int tap = static_cast<int>(blockIdx.z);
  const int line0 = static_cast<int>(blockIdx.y) * kTile;
  const int k0 = static_cast<int>(blockIdx.x) * kTile;
  const int x = static_cast<int>(threadIdx.x) % kTile;
  for (int y = static_cast<int>(threadIdx.x) / kTile; y < kTile; y += kThreads / kTile) {
    const int line = line0 + (p.transposed ? x : y);
    const int k = k0 + (p.transposed ? y : x);
    float& cell = p.transposed ? tile[x][y] : tile[y][x];
    const bool inside = line < to.lines && k < to.depth;
    cell = inside ? p.weight[source_of(p, line, tap, k)] : 0.f;
  }
  __syncthreads();
  for (int y = static_cast<int>(threadIdx.x) / kTile; y < kTile; y += kThreads / kTile) {
    if (line0 + y >= to.lines) break;
    const std::int64_t row = std::int64_t{line0 + y} * to.taps + tap;
    static_cast<T*>(p.to)[row * to.width + k0 + x] = stored<T>(tile[y][x]);
  }
}

/// A thread rounds eight channels.
__global__ __launch_bounds__(kThreads) void round_rows(const __grid_constant__ RoundCall p) {
  const auto parts = static_cast<unsigned>(p.pitch / 8);
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= p.rows * parts) return;
  const std::int64_t row = at / parts;
  const int channel = static_cast<int>(at - row * parts) * 8;
  const float* from = p.in + row * p.stride + channel;
  float x[8] = {};
  const bool wide = channel + 8 <= p.channels && p.stride % 4 == 0 &&
                    reinterpret_cast<std::uintptr_t>(p.in) % 16 == 0;
  if (wide) {
    *reinterpret_cast<float4*>(x) = *reinterpret_cast<const float4*>(from);
    *reinterpret_cast<float4*>(x + 4) = *reinterpret_cast<const float4*>(from + 4);
  } else {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if (channel + i < p.channels) x[i] = from[i];
    }
  }
  __nv_bfloat162 made[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) made[i] = __floats2bfloat162_rn(x[2 * i], x[2 * i + 1]);
  *reinterpret_cast<uint4*>(static_cast<__nv_bfloat16*>(p.to) + row * p.pitch + channel) =
      *reinterpret_cast<const uint4*>(made);
}

__global__ __launch_bounds__(kThreads) void merge(const __grid_constant__ WeightGradientCall p) {
  const std::int64_t size = std::int64_t{p.outputs} * p.channels * p.taps;
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= size) return;
  float sum = 0;
  for (int part = 0; part < p.splits; ++part) sum += p.partial[part * size + i];
  p.gradient[i] += sum;
}

}  // namespace

void launch_pack(const PackCall& call, cudaStream_t stream) {
  const Packed to = packed_of(call);
  const dim3 grid(static_cast<unsigned>(to.width / kTile),
                  static_cast<unsigned>((to.lines + kTile - 1) / kTile),
                  static_cast<unsigned>(to.taps));
  if (call.element == Element::kF32) {
    pack<float><<<grid, kThreads, 0, stream>>>(call);
  } else {
    pack<__nv_bfloat16><<<grid, kThreads, 0, stream>>>(call);
  }
  check(cudaGetLastError(), "launch of a weight's packing");
}

void launch_round(const RoundCall& call, cudaStream_t stream) {
  const std::int64_t threads = call.rows * (call.pitch / 8);
  if (threads == 0) return;
  round_rows<<<static_cast<unsigned>((threads + kThreads - 1) / kThreads), kThreads, 0, stream>>>(
      call);
  check(cudaGetLastError(), "launch of rows' rounding");
}

void launch_weight_gradient_merge(const WeightGradientCall& call, cudaStream_t stream) {
  const std::int64_t size = std::int64_t{call.outputs} * call.channels * call.taps;
  merge<<<static_cast<unsigned>((size + kThreads - 1) / kThreads), kThreads, 0, stream>>>(call);
  check(cudaGetLastError(), "launch of a weight gradient's merge");
}

}  // namespace heddle::attention::cuda
