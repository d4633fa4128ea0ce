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
  std::int64_t log_sum_exp_row_stride = 1;
  float* partial_out = nullptr;          // (partials, 128, value dim) f32, normalised
  float* partial_log_sum_exp = nullptr;  // (partials, 128)
  bool join = false;                     // with what `out` and `log_sum_exp` hold
};

/// Of consecutive queries of a strand in (heads, queries) of the whole tensor. Strands that lie one
/// after another, as samples do, have their sums beside one another all the same.
inline std::int64_t sum_row_stride(const Operand& of) {
  if (of.strand_stride == 0) return 1;
  return of.strand_stride < of.row_stride ? of.row_stride / of.strand_stride : of.strands;
}

/// One head of one strand.
struct HeadPlace {
  int strand;
  int head;
};

/// The element where a head of an operand begins.
__host__ __device__ inline std::int64_t head_begin(const Operand& of, HeadPlace place) {
  return place.head * of.head_stride + place.strand * of.strand_stride;
}

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

/// A key schedule in device memory.
struct DeviceKeySchedule {
  const QueryStage* stages = nullptr;
  const QueryMask* masks = nullptr;
  const std::uint64_t* bits = nullptr;
  const Item* items = nullptr;
  const Item* lane_items = nullptr;
  const std::int64_t* lane_begin = nullptr;  // (lanes + 1)
  const Merge* merges = nullptr;
  std::int32_t lanes = 0;
  std::int64_t item_count = 0;
  std::int64_t merge_count = 0;
};

/// What a query's row adds to its pairs: weight = exp2(scale log2(e) s - log_sum_exp), gradient of
/// a score = weight (dp - delta). For rows outside the view and rows without keys infinity and 0,
/// so that they weigh nothing.
struct RowTerms {
  float log_sum_exp;  // times log2(e)
  float delta;        // out . out_gradient - gradient of the log-sum-exp
};

/// RowTerms of (strands, heads, rows), row r of the view at r - first_row; whole tiles of 128.
struct RowTermTable {
  RowTerms* data = nullptr;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;  // a multiple of 128
  int heads = 0;

  /// Of the view's row 0.
  __host__ __device__ RowTerms* of(HeadPlace place) const {
    return data + (place.strand * heads + place.head) * rows - first_row;
  }
};

/// Gradients of one call. Parts of split items are sums of f32, rows of 128 as in Results.
struct GradientProblem {
  DeviceSchedule schedule;
  DeviceKeySchedule key_schedule;
  RowTermTable terms;
  Operand queries[kMaxQuerySets];
  Operand keys[kMaxSegments];
  Operand values[kMaxSegments];
  std::int32_t query_set[kMaxSegments] = {};
  std::int32_t query_sets = 1;
  std::int32_t segments = 1;
  float scale = 1;
  Operand out;
  Operand out_gradient;
  const float* log_sum_exp = nullptr;
  const float* log_sum_exp_gradient = nullptr;
  std::int64_t log_sum_exp_stride = 0;
  std::int64_t log_sum_exp_row_stride = 1;
  Operand query_gradients[kMaxQuerySets];
  Operand key_gradients[kMaxSegments];
  Operand value_gradients[kMaxSegments];
  float* partial_queries = nullptr;  // (partials, 128, key dim)
  float* partial_keys = nullptr;     // (partials, 128, key dim)
  float* partial_values = nullptr;   // (partials, 128, value dim)
};

/// Whether the path can run this problem on this device; launch() of another path is the fallback.
bool hopper_fits(const Problem& problem, const cudaDeviceProp& device);
bool portable_fits(const Problem& problem, const cudaDeviceProp& device);

void launch_hopper(const Problem& problem, cudaStream_t stream);
void launch_portable(const Problem& problem, cudaStream_t stream);
void launch_simple(const Problem& problem, cudaStream_t stream);
/// Joins the parts of split tiles in key order, through their log-sum-exps.
void launch_merge(const Problem& problem, cudaStream_t stream);

// Gradients: first the row terms, then the two kernels of a path, in any order, each followed by
// the merge of its split items.
bool hopper_gradient_fits(const GradientProblem& problem, const cudaDeviceProp& device);
bool portable_gradient_fits(const GradientProblem& problem, const cudaDeviceProp& device);
void launch_row_terms(const GradientProblem& problem, cudaStream_t stream);
/// The gradient of one query set.
void launch_query_gradient_hopper(const GradientProblem& problem, int set, cudaStream_t stream);
void launch_query_gradient_portable(const GradientProblem& problem, int set, cudaStream_t stream);
void launch_query_gradient_simple(const GradientProblem& problem, int set, cudaStream_t stream);
void launch_query_gradient_merge(const GradientProblem& problem, int set, cudaStream_t stream);
/// The gradients of keys and values of all segments.
void launch_key_gradient_hopper(const GradientProblem& problem, cudaStream_t stream);
void launch_key_gradient_portable(const GradientProblem& problem, cudaStream_t stream);
void launch_key_gradient_simple(const GradientProblem& problem, cudaStream_t stream);
void launch_key_gradient_merge(const GradientProblem& problem, cudaStream_t stream);

}  // namespace heddle::attention::cuda
