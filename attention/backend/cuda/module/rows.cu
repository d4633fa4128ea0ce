// Row-wise and element-wise operations in f32. Norms give a row to a warp; everything else gives an
// element to a thread.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/operations.h"

#include <algorithm>
#include <cstdint>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr std::int64_t kMostLines = 32768;  // of a grid's second axis

__device__ inline float warp_sum(float x) {
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(~0u, x, step);
  return x;
}

__device__ inline const float* row_of(const void* data, std::int64_t row, std::int64_t stride) {
  return static_cast<const float*>(data) + row * stride;
}

/// Root mean square, layer and length norms.
template <RowOp kOp>
__global__ __launch_bounds__(kThreads) void norm(const __grid_constant__ RowCall p) {
  const int lane = threadIdx.x % 32;
  const std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (row >= p.rows) return;
  const float* in = row_of(p.in, row, p.in_stride);
  float* out = p.out + row * p.out_stride;
  const auto* gain = static_cast<const float*>(p.second);
  const auto* bias = static_cast<const float*>(p.third);
  const auto channels = static_cast<float>(p.channels);
  float mean = 0;
  if constexpr (kOp == RowOp::kLayerNorm) {
    for (std::int64_t i = lane; i < p.channels; i += 32) mean += in[i];
    mean = warp_sum(mean) / channels;
  }
  float squares = 0;
  for (std::int64_t i = lane; i < p.channels; i += 32) {
    const float x = in[i] - mean;
    squares += x * x;
  }
  squares = warp_sum(squares);
  const float scale = kOp == RowOp::kL2Normalize ? 1 / fmaxf(sqrtf(squares), p.a)
                                                 : 1 / sqrtf(squares / channels + p.a);
  for (std::int64_t i = lane; i < p.channels; i += 32) {
    const float x = (in[i] - mean) * scale;
    if constexpr (kOp == RowOp::kRmsNorm) out[i] = x * gain[i];
    if constexpr (kOp == RowOp::kLayerNorm) out[i] = x * gain[i] + bias[i];
    if constexpr (kOp == RowOp::kL2Normalize) out[i] = x;
  }
}

template <RowOp kOp>
__device__ inline float element(const RowCall& p, std::int64_t row, std::int64_t i) {
  if constexpr (kOp == RowOp::kScaleShiftBytes) {
    const auto* bytes = static_cast<const std::uint8_t*>(p.in) + row * p.in_stride;
    return (static_cast<float>(bytes[i]) + p.a) * p.b;
  }
  if constexpr (kOp == RowOp::kOneHot) return static_cast<const std::uint8_t*>(p.in)[row] == i;
  const float x = row_of(p.in, row, p.in_stride)[i];
  switch (kOp) {
    case RowOp::kGelu:
      return x * normcdff(x);
    case RowOp::kRelu:
      return x < 0 ? 0 : x;
    case RowOp::kAdd:
      return x + row_of(p.second, row, p.second_stride)[i];
    case RowOp::kSwiGlu:
      return x / (1 + expf(-x)) * row_of(p.in, row, p.in_stride)[p.channels + i];
    case RowOp::kScaleShift:
      return (x + p.a) * p.b;
    case RowOp::kExpClamp:
      return p.b * expf(fminf(fmaxf(x, -p.a), p.a));
    default:
      return x;
  }
}

template <RowOp kOp>
__global__ __launch_bounds__(kThreads) void elements(const __grid_constant__ RowCall p) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= p.channels) return;
  for (std::int64_t row = blockIdx.y; row < p.rows; row += gridDim.y) {
    p.out[row * p.out_stride + i] = element<kOp>(p, row, i);
  }
}

/// A thread takes a group of channels, as wide as a base has classes.
__global__ __launch_bounds__(kThreads) void log_softmax(const __grid_constant__ RowCall p) {
  const std::int64_t groups = p.channels / p.count;
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= p.rows * groups) return;
  const std::int64_t row = at / groups;
  const std::int64_t first = at % groups * p.count;
  const float* in = row_of(p.in, row, p.in_stride) + first;
  float* out = p.out + row * p.out_stride + first;
  float most = in[0];
  for (std::int64_t i = 1; i < p.count; ++i) most = fmaxf(most, in[i]);
  double sum = 0;
  for (std::int64_t i = 0; i < p.count; ++i) sum += exp(static_cast<double>(in[i]) - most);
  const double log_sum = most + log(sum);
  for (std::int64_t i = 0; i < p.count; ++i) out[i] = static_cast<float>(in[i] - log_sum);
}

__global__ __launch_bounds__(kThreads) void one_hot_conv1d(const __grid_constant__ RowCall p) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= p.rows * p.channels) return;
  const std::int64_t row = at / p.channels;
  const std::int64_t channel = at - row * p.channels;
  const auto* classes = static_cast<const std::uint8_t*>(p.in);
  const auto* weight = static_cast<const float*>(p.second);
  float sum = static_cast<const float*>(p.third)[channel];
  for (std::int64_t tap = 0; tap < p.width; ++tap) {
    const std::int64_t position = row + tap - p.width / 2;
    if (position < 0 || position >= p.rows || classes[position] >= p.count) continue;
    sum += weight[(tap * p.count + classes[position]) * p.channels + channel];
  }
  p.out[row * p.out_stride + channel] = sum;
}

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

template <RowOp kOp>
void launch_elements(RowCall p, cudaStream_t stream) {
  constexpr bool kByRow = kOp == RowOp::kOneHot || kOp == RowOp::kSwiGlu;
  const bool packed = p.in_stride == p.channels && p.out_stride == p.channels &&
                      (kOp != RowOp::kAdd || p.second_stride == p.channels);
  if (!kByRow && packed) {
    p.channels *= p.rows;
    p.rows = 1;
  }
  const dim3 grid(blocks_for(p.channels), static_cast<unsigned>(std::min(p.rows, kMostLines)));
  elements<kOp><<<grid, kThreads, 0, stream>>>(p);
}

template <RowOp kOp>
void launch_norm(const RowCall& p, cudaStream_t stream) {
  norm<kOp><<<static_cast<unsigned>((p.rows + kWarps - 1) / kWarps), kThreads, 0, stream>>>(p);
}

void launch(const RowCall& p, cudaStream_t stream) {
  switch (p.op) {
    case RowOp::kRmsNorm:
      return launch_norm<RowOp::kRmsNorm>(p, stream);
    case RowOp::kLayerNorm:
      return launch_norm<RowOp::kLayerNorm>(p, stream);
    case RowOp::kL2Normalize:
      return launch_norm<RowOp::kL2Normalize>(p, stream);
    case RowOp::kGelu:
      return launch_elements<RowOp::kGelu>(p, stream);
    case RowOp::kRelu:
      return launch_elements<RowOp::kRelu>(p, stream);
    case RowOp::kAdd:
      return launch_elements<RowOp::kAdd>(p, stream);
    case RowOp::kSwiGlu:
      return launch_elements<RowOp::kSwiGlu>(p, stream);
    case RowOp::kScaleShift:
      return launch_elements<RowOp::kScaleShift>(p, stream);
    case RowOp::kScaleShiftBytes:
      return launch_elements<RowOp::kScaleShiftBytes>(p, stream);
    case RowOp::kExpClamp:
      return launch_elements<RowOp::kExpClamp>(p, stream);
    case RowOp::kOneHot:
      return launch_elements<RowOp::kOneHot>(p, stream);
    case RowOp::kCopy:
      return launch_elements<RowOp::kCopy>(p, stream);
    case RowOp::kLogSoftmax:
      log_softmax<<<blocks_for(p.rows * (p.channels / p.count)), kThreads, 0, stream>>>(p);
      return;
    case RowOp::kOneHotConv1d:
      one_hot_conv1d<<<blocks_for(p.rows * p.channels), kThreads, 0, stream>>>(p);
      return;
  }
}

}  // namespace

void launch_rows(const RowCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.channels == 0) return;
  launch(call, stream);
  check(cudaGetLastError(), "launch of a row operation");
}

}  // namespace heddle::attention::cuda
