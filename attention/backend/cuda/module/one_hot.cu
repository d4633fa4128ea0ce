// The convolution of one-hot rows with weights that change: a sum of weight columns one way, and
// the sums of the rows that met each weight the other.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"

#include <algorithm>
#include <string>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kLines = 32;
constexpr int kSharedFloats = 12288;  // 48 KB
static_assert(kMostOneHotWeights == kSharedFloats / 32, "a warp of outputs at least");

__global__ __launch_bounds__(kThreads) void one_hot(const __grid_constant__ OneHotCall p) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= p.length * p.outputs) return;
  const std::int64_t row = at / p.outputs;
  const auto o = static_cast<int>(at - row * p.outputs);
  float sum = p.bias ? p.bias[o] : 0;
  for (int tap = 0; tap < p.width; ++tap) {
    const std::int64_t at_window = row % p.window + tap - p.width / 2;
    if (at_window < 0 || at_window >= p.window) continue;
    const int found = p.classes[row + tap - p.width / 2];
    if (found >= p.known) continue;
    sum += p.weight[(std::int64_t{o} * p.known + found) * p.width + tap];
  }
  p.out[at] = sum;
}

/// A block takes kOneHotRows rows and some outputs, one a thread, whose sums of every class and tap
/// lie in shared memory.
__global__ void one_hot_parts(const __grid_constant__ OneHotCall p) {
  extern __shared__ float sums[];  // (width, known, threads)
  const auto threads = static_cast<int>(blockDim.x);
  const int o = static_cast<int>(blockIdx.y) * threads + static_cast<int>(threadIdx.x);
  const int cells = p.width * p.known;
  for (int i = 0; i < cells; ++i) sums[i * threads + threadIdx.x] = 0;
  const std::int64_t begin = std::int64_t{blockIdx.x} * kOneHotRows;
  const std::int64_t end = min(p.length, begin + kOneHotRows);
  for (std::int64_t row = begin; row < end; ++row) {
    const float y = o < p.outputs ? p.out[row * p.outputs + o] : 0;
    const std::int64_t at_window = row % p.window - p.width / 2;
    for (int tap = 0; tap < p.width; ++tap) {
      if (at_window + tap < 0 || at_window + tap >= p.window) continue;
      const int found = p.classes[row + tap - p.width / 2];
      if (found < p.known) sums[(tap * p.known + found) * threads + threadIdx.x] += y;
    }
  }
  if (o >= p.outputs) return;
  for (int i = 0; i < cells; ++i) {
    p.partial[(std::int64_t{blockIdx.x} * cells + i) * p.outputs + o] =
        sums[i * threads + threadIdx.x];
  }
}

/// Parts in their order, 32 side by side: a block takes 32 outputs of a class and tap.
__global__ __launch_bounds__(32 * kLines) void join_one_hot(const __grid_constant__ OneHotCall p,
                                                            int parts) {
  __shared__ float shared[kLines][33];
  const int lane = threadIdx.x % 32;
  const int line = threadIdx.x / 32;
  const int o = static_cast<int>(blockIdx.x) * 32 + lane;
  const auto cell = static_cast<int>(blockIdx.y);  // tap * known + class
  const int cells = p.width * p.known;
  float sum = 0;
  for (int part = line; part < parts && o < p.outputs; part += kLines) {
    sum += p.partial[(std::int64_t{part} * cells + cell) * p.outputs + o];
  }
  shared[line][lane] = sum;
  __syncthreads();
  if (line > 0 || o >= p.outputs) return;
  sum = 0;
  for (int i = 0; i < kLines; ++i) sum += shared[i][lane];
  p.weight[(std::int64_t{o} * p.known + cell % p.known) * p.width + cell / p.known] += sum;
}

}  // namespace

void launch_one_hot(const OneHotCall& call, cudaStream_t stream) {
  const std::int64_t elements = call.length * call.outputs;
  if (elements == 0) return;
  one_hot<<<static_cast<unsigned>((elements + kThreads - 1) / kThreads), kThreads, 0, stream>>>(
      call);
  check(cudaGetLastError(), "launch of a one-hot convolution");
}

void launch_one_hot_gradient(const OneHotCall& call, cudaStream_t stream) {
  if (call.length * call.outputs == 0) return;
  const int cells = call.known * call.width;
  const int most = kSharedFloats / cells / 32 * 32;  // threads
  if (most == 0) {
    throw std::runtime_error("cuda: a one-hot convolution of " + std::to_string(cells) +
                             " weights a channel does not learn; use -d cpu");
  }
  const int threads = std::min({most, 96, (call.outputs + 31) / 32 * 32});
  const auto parts = static_cast<unsigned>((call.length + kOneHotRows - 1) / kOneHotRows);
  const dim3 grid(parts, static_cast<unsigned>((call.outputs + threads - 1) / threads));
  const auto bytes = static_cast<std::size_t>(cells * threads) * sizeof(float);
  one_hot_parts<<<grid, static_cast<unsigned>(threads), bytes, stream>>>(call);
  const dim3 joined(static_cast<unsigned>((call.outputs + 31) / 32), static_cast<unsigned>(cells));
  join_one_hot<<<joined, 32 * kLines, 0, stream>>>(call, static_cast<int>(parts));
  check(cudaGetLastError(), "launch of a one-hot convolution's gradient");
}

}  // namespace heddle::attention::cuda
