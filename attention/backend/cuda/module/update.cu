// AdamW and the moving average on the device: a block takes a chunk of a tensor.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"

#include <cuda_bf16.h>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;

__device__ inline float given(const UpdateArgs& p, float x) {
  return p.bfloat16 ? __bfloat162float(__float2bfloat16_rn(x)) : x;
}

/// Sums of squares in fp64: a thread's own in order, then threads by halves.
__global__ __launch_bounds__(kThreads) void squares(const __grid_constant__ UpdateArgs p) {
  __shared__ double sums[kThreads];
  const UpdateChunk chunk = p.chunks[blockIdx.x];
  const float* gradient = p.gradient + chunk.begin;
  double sum = 0;
  bool any = false;
  for (int i = threadIdx.x; i < chunk.count; i += kThreads) {
    const double x = gradient[i];
    sum += x * x;
    any = any || gradient[i] != 0;
  }
  if (any) p.seen[chunk.tensor] = 1;  // whoever writes, writes this
  sums[threadIdx.x] = sum;
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  if (threadIdx.x == 0) p.squares[blockIdx.x] = sums[0];
}

__global__ __launch_bounds__(kThreads) void step(const __grid_constant__ UpdateArgs p) {
  const UpdateChunk chunk = p.chunks[blockIdx.x];
  const UpdateScalars s = *p.scalars;
  const bool learns = p.seen[chunk.tensor] || p.learned[chunk.tensor];
  const float decay = chunk.decays ? s.decay : 0;
  for (std::int64_t i = chunk.begin + threadIdx.x; i < chunk.begin + chunk.count; i += kThreads) {
    float x = p.values[i];
    if (learns) {
      const float g = s.scale * p.gradient[i];
      const float m = s.beta1 * p.first[i] + (1 - s.beta1) * g;
      const float v = s.beta2 * p.second[i] + (1 - s.beta2) * g * g;
      x -= s.rate * (m * s.first_scale / (sqrtf(v * s.second_scale) + s.epsilon) + decay * x);
      p.first[i] = m;
      p.second[i] = v;
      p.values[i] = x;
      p.gradient[i] = 0;
    }
    const float average = p.average[i];
    if (average != x) p.average[i] = s.kept * average + s.taken * x;
    p.given[i] = given(p, x);
  }
}

__global__ __launch_bounds__(kThreads) void remember(const __grid_constant__ UpdateArgs p) {
  const UpdateChunk chunk = p.chunks[blockIdx.x];
  if (threadIdx.x == 0 && p.seen[chunk.tensor]) p.learned[chunk.tensor] = 1;
}

__global__ __launch_bounds__(kThreads) void give(const __grid_constant__ UpdateArgs p,
                                                 const float* from) {
  const UpdateChunk chunk = p.chunks[blockIdx.x];
  for (std::int64_t i = chunk.begin + threadIdx.x; i < chunk.begin + chunk.count; i += kThreads) {
    p.given[i] = given(p, from[i]);
  }
}

}  // namespace

void launch_squares(const UpdateArgs& args, cudaStream_t stream) {
  squares<<<static_cast<unsigned>(args.count), kThreads, 0, stream>>>(args);
  check(cudaGetLastError(), "launch of a gradient's squares");
}

void launch_step(const UpdateArgs& args, cudaStream_t stream) {
  step<<<static_cast<unsigned>(args.count), kThreads, 0, stream>>>(args);
  remember<<<static_cast<unsigned>(args.count), kThreads, 0, stream>>>(args);
  check(cudaGetLastError(), "launch of an optimiser's step");
}

void launch_give(const GiveCall& call, cudaStream_t stream) {
  const UpdateArgs& args = call.arrays;
  give<<<static_cast<unsigned>(args.count), kThreads, 0, stream>>>(
      args, call.average ? args.average : args.values);
  check(cudaGetLastError(), "launch of given parameters");
}

}  // namespace heddle::attention::cuda
