// The convolution of one-hot rows with weights that change: a sum of weight columns one way, and
// the sums of the rows that met each weight the other.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kLines = 32;

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

/// A block takes 32 outputs of one class and tap; its 32 warps take every 32nd row, and their sums
/// join in order.
__global__ __launch_bounds__(32 *
                             kLines) void one_hot_gradient(const __grid_constant__ OneHotCall p) {
  __shared__ float shared[kLines][33];
  const int lane = threadIdx.x % 32;
  const int line = threadIdx.x / 32;
  const int o = static_cast<int>(blockIdx.x) * 32 + lane;
  const int wanted = static_cast<int>(blockIdx.y);
  const int tap = static_cast<int>(blockIdx.z);
  float sum = 0;
  for (std::int64_t row = line; row < p.length; row += kLines) {
    const std::int64_t at_window = row % p.window + tap - p.width / 2;
    if (at_window < 0 || at_window >= p.window) continue;
    if (p.classes[row + tap - p.width / 2] != wanted) continue;
    if (o < p.outputs) sum += p.out[row * p.outputs + o];
  }
  shared[line][lane] = sum;
  __syncthreads();
  if (line > 0 || o >= p.outputs) return;
  float all = 0;
  for (int i = 0; i < kLines; ++i) all += shared[i][lane];
  p.weight[(std::int64_t{o} * p.known + wanted) * p.width + tap] += all;
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
  if (call.weight) {
    const dim3 grid(static_cast<unsigned>((call.outputs + 31) / 32),
                    static_cast<unsigned>(call.known),
                    static_cast<unsigned>(call.width));
    one_hot_gradient<<<grid, 32 * kLines, 0, stream>>>(call);
    check(cudaGetLastError(), "launch of a one-hot convolution's gradient");
  }
  if (!call.bias) return;
  launch_column_sums({.y = call.out,
                      .y_stride = call.outputs,
                      .rows = call.length,
                      .channels = call.outputs,
                      .bias = call.bias},
                     stream);
}

}  // namespace heddle::attention::cuda
