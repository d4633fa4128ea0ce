// Gradients of row-wise and element-wise operations in f32, as row_ops are: norms give a row to a
// warp, everything else an element to a thread.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/row_terms.cuh"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr std::int64_t kMostLines = 32768;  // of a grid's second axis

__device__ inline void put(const RowGradientCall& p, float& to, float gradient) {
  to = p.add ? to + gradient : gradient;
}

/// With u = (x - mean) scale and g = gain dy: dx = scale (g - mean(g) - u mean(g u)), mean(g) only
/// where the norm centres.
__global__ __launch_bounds__(kThreads) void norm_gradient(
    const __grid_constant__ RowGradientCall p) {
  const int lane = threadIdx.x % 32;
  const std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (row >= p.rows) return;
  const float* x = p.in + row * p.in_stride;
  const float* dy = p.out_gradient + row * p.out_stride;
  float* dx = p.in_gradient + row * p.in_gradient_stride;
  const NormTerms terms = norm_terms(p.op, x, p.channels, p.a, lane);
  float along = 0;
  float sum = 0;
  for (std::int64_t i = lane; i < p.channels; i += 32) {
    const float g = p.gain[i] * dy[i];
    along = fmaf(g, (x[i] - terms.mean) * terms.scale, along);
    sum += g;
  }
  const auto n = static_cast<float>(p.channels);
  along = warp_total(along) / n;
  sum = p.op == RowGradientOp::kLayerNorm ? warp_total(sum) / n : 0;
  for (std::int64_t i = lane; i < p.channels; i += 32) {
    const float u = (x[i] - terms.mean) * terms.scale;
    put(p, dx[i], terms.scale * (p.gain[i] * dy[i] - sum - u * along));
  }
}

/// y = x / r, r = max(|x|, eps): dx = (dy - y (y . dy)) / r, and dy / r where eps decides.
__global__ __launch_bounds__(kThreads) void length_gradient(
    const __grid_constant__ RowGradientCall p) {
  const int lane = threadIdx.x % 32;
  const std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (row >= p.rows) return;
  const float* x = p.in + row * p.in_stride;
  const float* dy = p.out_gradient + row * p.out_stride;
  float* dx = p.in_gradient + row * p.in_gradient_stride;
  float squares = 0;
  float along = 0;
  for (std::int64_t i = lane; i < p.channels; i += 32) {
    squares = fmaf(x[i], x[i], squares);
    along = fmaf(x[i], dy[i], along);
  }
  const float length = sqrtf(warp_total(squares));
  along = warp_total(along);
  const float by = 1 / fmaxf(length, p.a);
  const float back = length > p.a ? along * by * by : 0;
  for (std::int64_t i = lane; i < p.channels; i += 32) put(p, dx[i], (dy[i] - x[i] * back) * by);
}

/// d/dx x Phi(x) = Phi(x) + x phi(x).
__device__ inline float gelu_slope(float x) {
  return normcdff(x) + x * 0.3989422804f * expf(-0.5f * x * x);
}

template <RowGradientOp kOp>
__device__ inline float slope(const RowGradientCall& p, float x) {
  if constexpr (kOp == RowGradientOp::kGelu) return gelu_slope(x);
  if constexpr (kOp == RowGradientOp::kRelu) return x > 0 ? 1 : 0;
  return x < -p.a || x > p.a ? 0 : p.b * expf(x);  // exp_clamp
}

template <RowGradientOp kOp>
__global__ __launch_bounds__(kThreads) void elements(const __grid_constant__ RowGradientCall p) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= p.channels) return;
  for (std::int64_t row = blockIdx.y; row < p.rows; row += gridDim.y) {
    const float* x = p.in + row * p.in_stride;
    const float dy = p.out_gradient[row * p.out_stride + i];
    float* dx = p.in_gradient + row * p.in_gradient_stride;
    if constexpr (kOp == RowGradientOp::kSwiGlu) {
      const float gate = x[i];
      const float value = x[p.channels + i];
      const float s = 1 / (1 + expf(-gate));
      put(p, dx[i], dy * value * s * (1 + gate * (1 - s)));
      put(p, dx[p.channels + i], dy * gate * s);
    } else {
      put(p, dx[i], dy * slope<kOp>(p, x[i]));
    }
  }
}

/// dx = dy - exp(y) sum(dy) of a group of channels, by a thread.
__global__ __launch_bounds__(kThreads) void log_softmax_gradient(
    const __grid_constant__ RowGradientCall p) {
  const std::int64_t groups = p.channels / p.count;
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= p.rows * groups) return;
  const std::int64_t row = at / groups;
  const std::int64_t first = at % groups * p.count;
  const float* y = p.in + row * p.in_stride + first;
  const float* dy = p.out_gradient + row * p.out_stride + first;
  float* dx = p.in_gradient + row * p.in_gradient_stride + first;
  double sum = 0;
  for (std::int64_t i = 0; i < p.count; ++i) sum += dy[i];
  for (std::int64_t i = 0; i < p.count; ++i) {
    put(p, dx[i], static_cast<float>(dy[i] - exp(static_cast<double>(y[i])) * sum));
  }
}

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

template <RowGradientOp kOp>
void launch_elements(RowGradientCall p, cudaStream_t stream) {
  const bool packed = kOp != RowGradientOp::kSwiGlu && p.in_stride == p.channels &&
                      p.out_stride == p.channels && p.in_gradient_stride == p.channels;
  if (packed) {
    p.channels *= p.rows;
    p.rows = 1;
  }
  const dim3 grid(blocks_for(p.channels), static_cast<unsigned>(std::min(p.rows, kMostLines)));
  elements<kOp><<<grid, kThreads, 0, stream>>>(p);
}

void launch(const RowGradientCall& p, cudaStream_t stream) {
  const auto by_warps = static_cast<unsigned>((p.rows + kWarps - 1) / kWarps);
  switch (p.op) {
    case RowGradientOp::kRmsNorm:
    case RowGradientOp::kLayerNorm:
      norm_gradient<<<by_warps, kThreads, 0, stream>>>(p);
      return;
    case RowGradientOp::kL2Normalize:
      length_gradient<<<by_warps, kThreads, 0, stream>>>(p);
      return;
    case RowGradientOp::kGelu:
      return launch_elements<RowGradientOp::kGelu>(p, stream);
    case RowGradientOp::kRelu:
      return launch_elements<RowGradientOp::kRelu>(p, stream);
    case RowGradientOp::kSwiGlu:
      return launch_elements<RowGradientOp::kSwiGlu>(p, stream);
    case RowGradientOp::kExpClamp:
      return launch_elements<RowGradientOp::kExpClamp>(p, stream);
    case RowGradientOp::kLogSoftmax:
      log_softmax_gradient<<<blocks_for(p.rows * (p.channels / p.count)), kThreads, 0, stream>>>(p);
      return;
  }
}

}  // namespace

void launch_row_gradient(const RowGradientCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.channels == 0) return;
  launch(call, stream);
  check(cudaGetLastError(), "launch of a row operation's gradient");
}

}  // namespace heddle::attention::cuda
