// The plain path: any element types, any strides, heads of up to 256, fp32 arithmetic; a warp takes
// a query at a time. It judges the fast paths on the device and serves what they refuse. And the
// merge of split tiles.

#include "attention/backend/cuda/module/element.cuh"
#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/softmax.cuh"

namespace heddle::attention::cuda {
namespace {

constexpr int kWarps = 4;

/// One query's online softmax; lane l holds columns l, l + 32, ... of the output.
struct Query {
  float o[kPerLane] = {};
  float max = -INFINITY;
  float sum = 0;

  __device__ void meet(float logit, const Operand& values, std::int64_t row, int lane) {
    const float largest = fmaxf(max, logit);
    const float decay = expf(max - largest);
    const float weight = expf(logit - largest);
    max = largest;
    sum = sum * decay + weight;
#pragma unroll
    for (int i = 0; i < kPerLane; ++i) {
      const int column = lane + 32 * i;
      if (column < values.dim) o[i] = o[i] * decay + weight * load(values, row + column);
    }
  }
};

__device__ void meet_stage(
    const Problem& p, const Item& item, const Stage& stage, int group, int i, Query& query) {
  const int lane = threadIdx.x % 32;
  const std::int64_t row = item.first_row + group * kGroupQueries + i;
  const int head = item.head / (p.queries[0].heads / p.keys[0].heads);
  for (int h = 0; h < 2; ++h) {
    std::uint64_t found = ~std::uint64_t{0};
    if (stage.kind[group] == kMasked) {
      found = attended_bits(p.schedule.masks[stage.mask].of[group][h], i, p.schedule.bits);
    }
    const int segment = stage.segment[h];
    const Operand& queries = p.queries[p.query_set[segment]];
    const Operand& keys = p.keys[segment];
    const Operand& values = p.values[segment];
    const std::int64_t q = head_begin(queries, {item.strand, item.head}) + row * queries.row_stride;
    const std::int64_t keys_begin = head_begin(keys, {item.strand, head});
    const std::int64_t values_begin = head_begin(values, {item.strand, head});
    for (; found; found &= found - 1) {
      const std::int64_t slot = stage.slot[h] + __ffsll(static_cast<long long>(found)) - 1;
      const float logit =
          p.scale * dot(queries, q, keys, keys_begin + slot * keys.row_stride, lane);
      query.meet(logit, values, values_begin + slot * values.row_stride, lane);
    }
  }
}

/// Writes a whole row, a lane's columns in `o`.
__device__ void store_result(
    const Results& to, HeadPlace place, std::int64_t row, const float (&o)[kPerLane], float sum) {
  const int lane = threadIdx.x % 32;
  const std::int64_t begin = head_begin(to.out, place) + row * to.out.row_stride;
  const std::int64_t cell =
      place.head * to.log_sum_exp_stride + place.strand + row * to.log_sum_exp_row_stride;
  JoinWeights joined{.log_sum_exp = sum};
  if (to.join) joined = join_weights(to.log_sum_exp[cell], sum);
  __syncwarp();
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) {
    const int column = lane + 32 * n;
    if (column >= to.out.dim) continue;
    const float before = to.join ? joined.before * load(to.out, begin + column) : 0;
    store(to.out, begin + column, before + joined.now * o[n]);
  }
  if (lane == 0 && to.log_sum_exp) to.log_sum_exp[cell] = joined.log_sum_exp;
}

__device__ void store_query(
    const Problem& p, const Item& item, int group, int i, const Query& query) {
  const Results& to = p.results;
  const int lane = threadIdx.x % 32;
  const std::int64_t row = item.first_row + group * kGroupQueries + i;
  const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kGroupQueries + i;
  const float inverse = query.sum > 0 ? 1 / query.sum : 0;
  const float log_sum_exp = query.sum > 0 ? query.max + logf(query.sum) : -INFINITY;
  float o[kPerLane];
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) o[n] = query.o[n] * inverse;
  if (item.partial < 0) {
    store_result(to, {item.strand, item.head}, row, o, log_sum_exp);
    return;
  }
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) {
    const int column = lane + 32 * n;
    if (column < to.out.dim) to.partial_out[kept * to.out.dim + column] = o[n];
  }
  if (lane == 0) to.partial_log_sum_exp[kept] = log_sum_exp;
}

__global__ __launch_bounds__(32 * kWarps) void forward_simple(const __grid_constant__ Problem p) {
  const Item item = p.schedule.items[blockIdx.x];
  const int group = blockIdx.y;
  for (int i = threadIdx.x / 32; i < kGroupQueries; i += kWarps) {
    const std::int64_t row = item.first_row + group * kGroupQueries + i;
    if (row < 0 || row >= p.schedule.queries) continue;
    Query query;
    for (int s = 0; s < item.stages; ++s) {
      const Stage stage = p.schedule.stages[item.first_stage + s];
      if (stage.kind[group] != kSkipped) meet_stage(p, item, stage, group, i, query);
    }
    store_query(p, item, group, i, query);
  }
}

/// A warp joins the parts of one query, in their order.
__global__ __launch_bounds__(32 * kWarps) void merge_parts(const __grid_constant__ Problem p) {
  const Merge merge = p.schedule.merges[blockIdx.x];
  const Results& from = p.results;
  const int lane = threadIdx.x % 32;
  const int i = blockIdx.y * kWarps + threadIdx.x / 32;
  const std::int64_t row = merge.first_row + i;
  if (row < 0 || row >= p.schedule.queries) return;
  float max = -INFINITY;
  for (int part = 0; part < merge.parts; ++part) {
    max =
        fmaxf(max, from.partial_log_sum_exp[(std::int64_t{merge.first} + part) * kTileQueries + i]);
  }
  float o[kPerLane] = {};
  float sum = 0;
  for (int part = 0; part < merge.parts && max > -INFINITY; ++part) {
    const std::int64_t kept = (std::int64_t{merge.first} + part) * kTileQueries + i;
    const float weight = expf(from.partial_log_sum_exp[kept] - max);
    sum += weight;
#pragma unroll
    for (int n = 0; n < kPerLane; ++n) {
      const int column = lane + 32 * n;
      if (column < from.out.dim) o[n] += weight * from.partial_out[kept * from.out.dim + column];
    }
  }
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) o[n] = sum > 0 ? o[n] / sum : 0;
  store_result(from, {merge.strand, merge.head}, row, o, sum > 0 ? max + logf(sum) : -INFINITY);
}

}  // namespace

void launch_simple(const Problem& problem, cudaStream_t stream) {
  if (problem.queries[0].dim > kMostDim || problem.results.out.dim > kMostDim) {
    throw std::runtime_error("cuda: attention over heads of " +
                             std::to_string(problem.queries[0].dim) + " and values of " +
                             std::to_string(problem.results.out.dim) + "; the most is " +
                             std::to_string(kMostDim));
  }
  const dim3 grid(static_cast<unsigned>(problem.schedule.item_count), kGroups);
  forward_simple<<<grid, 32 * kWarps, 0, stream>>>(problem);
  check(cudaGetLastError(), "launch of the simple forward kernel");
}

void launch_merge(const Problem& problem, cudaStream_t stream) {
  if (problem.schedule.merge_count == 0) return;
  const dim3 grid(static_cast<unsigned>(problem.schedule.merge_count), kTileQueries / kWarps);
  merge_parts<<<grid, 32 * kWarps, 0, stream>>>(problem);
  check(cudaGetLastError(), "launch of the merge of split tiles");
}

}  // namespace heddle::attention::cuda
