// The Hopper path's host side: tensor maps, the explicit list of instantiations, the launch.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/forward_hopper.cuh"
#include "attention/backend/cuda/module/tensor_map.h"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

template <class T, int kDim, int kStages, bool kStrands>
void launch_kernel(const HopperParams& params, int blocks, cudaStream_t stream) {
  constexpr int kBytes = sizeof(HopperShared<kDim, kStages>) + 1024;
  auto* kernel = forward_hopper<T, kDim, kStages, kStrands>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes),
        "cudaFuncSetAttribute(hopper forward)");
  kernel<<<blocks, kHopperThreads, kBytes, stream>>>(params);
  check(cudaGetLastError(), "launch of the hopper forward kernel");
}

template <class T, int kDim, int kStages>
void launch(const HopperParams& params, int blocks, cudaStream_t stream) {
  const bool strands = params.results.out.strands > 1 || params.results.join;
  if (strands) return launch_kernel<T, kDim, kStages, true>(params, blocks, stream);
  launch_kernel<T, kDim, kStages, false>(params, blocks, stream);
}

/// The query set that the first segment with keys meets; the path holds one.
int query_set(const Problem& problem) {
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows > 0) return problem.query_set[i];
  }
  return 0;
}

/// Columns that both products need.
std::int64_t widest(const Problem& problem) {
  return std::max(problem.queries[0].dim, problem.results.out.dim);
}

}  // namespace

bool hopper_fits(const Problem& problem, const cudaDeviceProp& device) {
  if (device.major != 9 || !(problem.scale > 0)) return false;
  const Element element = problem.queries[0].element;
  if (element == Element::kF32) return false;
  const int set = query_set(problem);
  bool fits = map_fits(problem.results.out, element) && map_fits(problem.queries[set], element);
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows == 0) continue;
    fits = fits && problem.query_set[i] == set && map_fits(problem.keys[i], element) &&
           map_fits(problem.values[i], element);
  }
  return fits;
}

void launch_hopper(const Problem& problem, cudaStream_t stream) {
  HopperParams params{};
  params.queries = tensor_map(problem.queries[query_set(problem)]);
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows == 0) continue;
    params.keys[i] = tensor_map(problem.keys[i]);
    params.values[i] = tensor_map(problem.values[i]);
  }
  params.schedule = problem.schedule;
  params.results = problem.results;
  params.heads_per_kv_head = problem.queries[0].heads / problem.keys[0].heads;
  params.scale = problem.scale;
  params.scale_log2 = problem.scale * 1.44269504089f;
  const int blocks = problem.schedule.lanes;
  const bool bf16 = problem.queries[0].element == Element::kBF16;
  // THE LIST of instantiations: narrower heads are zero-filled by the copy engine.
  if (widest(problem) <= 64) {
    if (bf16) return launch<__nv_bfloat16, 64, 6>(params, blocks, stream);
    return launch<__half, 64, 6>(params, blocks, stream);
  }
  if (bf16) return launch<__nv_bfloat16, 128, 3>(params, blocks, stream);
  return launch<__half, 128, 3>(params, blocks, stream);
}

}  // namespace heddle::attention::cuda
