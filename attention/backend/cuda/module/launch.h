#pragma once
// What every attention kernel is handed: device pointers and strides, the tile schedule, the
// softmax scale. Plain values, passed to kernels by value.

#include "attention/backend/cuda/module_api.h"
#include "attention/backend/cuda/tile_schedule.h"

#include <cuda_runtime.h>

#include <cstdint>

namespace heddle::attention::cuda {

/// A tile schedule in device memory.
struct DeviceSchedule {
  const Stage* stages = nullptr;
  const StageMask* masks = nullptr;
  const std::uint64_t* bits = nullptr;
  const Item* items = nullptr;       // longest first, for kernels whose blocks take one each
  const Item* lane_items = nullptr;  // the same, lane after lane, for blocks that stay
  const std::int64_t* lane_begin = nullptr;  // (lanes + 1)
  const Merge* merges = nullptr;
  std::int32_t lanes = 0;
  std::int64_t item_count = 0;
  std::int64_t merge_count = 0;
  std::int64_t queries = 0;
};

/// Where results go: whole items to `out` and `log_sum_exp`, parts to (partials, 128, dim) rows.
struct Results {
  Operand out;
  float* log_sum_exp = nullptr;  // (heads, queries) with a head's stride, or null
  std::int64_t log_sum_exp_stride = 0;
  float* partial_out = nullptr;          // (partials, 128, value dim) f32, normalised
  float* partial_log_sum_exp = nullptr;  // (partials, 128)
};

struct Problem {
  DeviceSchedule schedule;
  Operand queries[kMaxQuerySets];
  Operand keys[kMaxSegments];
  Operand values[kMaxSegments];
  std::int32_t query_set[kMaxSegments] = {};
  std::int32_t query_sets = 1;
  std::int32_t segments = 1;
  float scale = 1;
  Results results;
};

/// Whether the path can run this problem on this device; launch() of another path is the fallback.
bool hopper_fits(const Problem& problem, const cudaDeviceProp& device);
bool portable_fits(const Problem& problem, const cudaDeviceProp& device);

void launch_hopper(const Problem& problem, cudaStream_t stream);
void launch_portable(const Problem& problem, cudaStream_t stream);
void launch_simple(const Problem& problem, cudaStream_t stream);
/// Joins the parts of split tiles in key order, through their log-sum-exps.
void launch_merge(const Problem& problem, cudaStream_t stream);

}  // namespace heddle::attention::cuda
