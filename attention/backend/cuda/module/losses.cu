// Cross-entropy and focal losses, and a teacher's share of them, in fp64: a block takes one group
// of channels of one sample, its threads every 256th row each; their sums join by halves, in one
// order.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;

/// log of the sum of exponentials of a row's group.
__device__ inline double normaliser(const float* logits, int classes) {
  float largest = logits[0];
  for (int c = 1; c < classes; ++c) largest = fmaxf(largest, logits[c]);
  double sum = 0;
  for (int c = 0; c < classes; ++c) sum += exp(static_cast<double>(logits[c]) - largest);
  return largest + log(sum);
}

__device__ inline double cross_entropy(
    const LossGroup& group, int label, const float* logits, double scale, float* slope) {
  const double all = normaliser(logits, group.classes);
  const double even = group.smoothing / group.classes;
  double sum = 0;
  for (int c = 0; c < group.classes; ++c) {
    const double wanted = even + (c == label ? 1 - group.smoothing : 0);
    const double log_p = logits[c] - all;
    if (wanted != 0) sum -= wanted * log_p;
    slope[c] = static_cast<float>(scale * (exp(log_p) - wanted));
  }
  return sum;
}

__device__ inline double focal(
    const LossGroup& group, int label, const float* logits, double scale, float* slope) {
  const double all = normaliser(logits, group.classes);
  const double log_p = logits[label] - all;
  const double miss = -expm1(log_p);
  const double power = pow(miss, group.gamma);
  const double lower = miss > 0 ? pow(miss, group.gamma - 1) : 0;
  const double factor = group.gamma * lower * exp(log_p) * log_p - power;
  for (int c = 0; c < group.classes; ++c) {
    const double p = exp(logits[c] - all);
    slope[c] = static_cast<float>(scale * factor * ((c == label ? 1 : 0) - p));
  }
  return -power * log_p;
}

/// Adds to the slope.
__device__ inline double taught(
    int classes, const float* teacher, const float* logits, double scale, float* slope) {
  const double all = normaliser(logits, classes);
  const double wanted = normaliser(teacher, classes);
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    const double q = exp(teacher[c] - wanted);
    const double log_p = logits[c] - all;
    sum -= q * log_p;
    slope[c] += static_cast<float>(scale * (exp(log_p) - q));
  }
  return sum;
}

__device__ inline bool right(const float* logits, int classes, int label) {
  for (int c = 0; c < classes; ++c) {
    if (logits[c] > logits[label]) return false;
  }
  return true;
}

__global__ __launch_bounds__(kThreads) void losses(const __grid_constant__ LossArgs p) {
  __shared__ double sums[2][kThreads];
  const auto group_at = static_cast<int>(blockIdx.x);
  const auto sample = static_cast<std::int64_t>(blockIdx.y);
  const LossGroup group = p.groups[group_at];
  const double scale = p.scales[sample * p.count + group_at];
  const double share = p.teacher == nullptr ? 0 : group.taught;
  double loss = 0;
  double hits = 0;
  for (std::int64_t i = threadIdx.x; i < p.rows; i += kThreads) {
    const std::int64_t row = sample * p.rows + i;
    const int label = p.labels[row * p.columns + group.column];
    if (label == p.ignored) continue;
    const float* logits = p.logits + row * p.channels + group.first;
    float* slope = p.gradient + row * p.channels + group.first;
    const double w = group.weights < 0 ? 1 : p.class_weights[group.weights + label];
    const double own = scale * w * (1 - share);
    double lost = (1 - share) * (group.focal ? focal(group, label, logits, own, slope)
                                             : cross_entropy(group, label, logits, own, slope));
    if (share > 0) {
      const float* teacher = p.teacher + row * p.channels + group.first;
      lost += share * taught(group.classes, teacher, logits, scale * w * share, slope);
    }
    loss += w * lost;
    hits += right(logits, group.classes, label);
  }
  sums[0][threadIdx.x] = loss;
  sums[1][threadIdx.x] = hits;
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x >= half) continue;
    sums[0][threadIdx.x] += sums[0][threadIdx.x + half];
    sums[1][threadIdx.x] += sums[1][threadIdx.x + half];
  }
  if (threadIdx.x == 0) p.sums[sample * p.count + group_at] = {sums[0][0], sums[1][0]};
}

}  // namespace

void launch_losses(const LossArgs& args, cudaStream_t stream) {
  const std::int64_t size = args.samples * args.rows * args.channels;
  if (size == 0) return;
  check(cudaMemsetAsync(args.gradient, 0, static_cast<std::size_t>(size) * sizeof(float), stream),
        "cudaMemsetAsync");
  losses<<<dim3(static_cast<unsigned>(args.count), static_cast<unsigned>(args.samples)),
           kThreads,
           0,
           stream>>>(args);
  check(cudaGetLastError(), "launch of losses");
}

}  // namespace heddle::attention::cuda
