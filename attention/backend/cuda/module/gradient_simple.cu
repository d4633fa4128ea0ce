// Gradients in plain fp32 for any element types, strides and heads of up to 256: a warp takes a
// query, or a key, at a time. It judges the fast paths on the device and serves what they refuse.
// And what all paths share: the row terms, and the sums of split items.

#include "attention/backend/cuda/module/element.cuh"
#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/softmax.cuh"

namespace heddle::attention::cuda {
namespace {

constexpr int kWarps = 4;
constexpr float kLog2E = 1.44269504089f;

/// The score's weight and what the loss gains from it (arXiv 2307.08691, section 3.1.2).
struct Pair {
  float weight;
  float gradient;
};

__device__ Pair pair_of(
    const GradientProblem& p, HeadPlace head, std::int64_t row, int segment, std::int64_t slot) {
  const int lane = threadIdx.x % 32;
  const HeadPlace kv_head{head.strand, head.head / (p.queries[0].heads / p.keys[0].heads)};
  const Operand& queries = p.queries[p.query_set[segment]];
  const Operand& keys = p.keys[segment];
  const Operand& values = p.values[segment];
  const float score = dot(queries,
                          head_begin(queries, head) + row * queries.row_stride,
                          keys,
                          head_begin(keys, kv_head) + slot * keys.row_stride,
                          lane);
  const float along = dot(p.out_gradient,
                          head_begin(p.out_gradient, head) + row * p.out_gradient.row_stride,
                          values,
                          head_begin(values, kv_head) + slot * values.row_stride,
                          lane);
  const RowTerms terms = p.terms.of(head)[row];
  const float weight = exp2f(score * p.scale * kLog2E - terms.log_sum_exp);
  return {weight, weight * (along - terms.delta)};
}

/// sum += by * the row of `from` that starts at element `begin`.
__device__ void add_row(float (&sum)[kPerLane], float by, const Operand& from, std::int64_t begin) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) {
    const int column = lane + 32 * n;
    if (column < from.dim) sum[n] = fmaf(by, load(from, begin + column), sum[n]);
  }
}

/// Writes a row to its place, or among the parts of a split item.
__device__ void store_row(const float (&sum)[kPerLane],
                          float scale,
                          const Operand& to,
                          std::int64_t begin,
                          float* partial) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) {
    const int column = lane + 32 * n;
    if (column >= to.dim) continue;
    if (partial) {
      partial[column] = sum[n] * scale;
    } else {
      store(to, begin + column, sum[n] * scale);
    }
  }
}

__global__ __launch_bounds__(32 *
                             kWarps) void query_gradient(const __grid_constant__ GradientProblem p,
                                                         int set) {
  const Item item = p.schedule.items[blockIdx.x];
  const int group = blockIdx.y;
  const Operand& to = p.query_gradients[set];
  const HeadPlace head{item.strand, item.head};
  const HeadPlace kv_head{item.strand, item.head / (p.queries[0].heads / p.keys[0].heads)};
  for (int i = threadIdx.x / 32; i < kGroupQueries; i += kWarps) {
    const std::int64_t row = item.first_row + group * kGroupQueries + i;
    if (row < 0 || row >= p.schedule.queries) continue;
    float sum[kPerLane] = {};
    for (int s = 0; s < 2 * item.stages; ++s) {
      const Stage& stage = p.schedule.stages[item.first_stage + s / 2];
      const int segment = stage.segment[s % 2];
      if (stage.kind[group] == kSkipped || p.query_set[segment] != set) continue;
      std::uint64_t found = ~std::uint64_t{0};
      if (stage.kind[group] == kMasked) {
        found = attended_bits(p.schedule.masks[stage.mask].of[group][s % 2], i, p.schedule.bits);
      }
      const Operand& keys = p.keys[segment];
      for (; found; found &= found - 1) {
        const std::int64_t slot = stage.slot[s % 2] + __ffsll(static_cast<long long>(found)) - 1;
        const Pair pair = pair_of(p, head, row, segment, slot);
        add_row(sum, pair.gradient, keys, head_begin(keys, kv_head) + slot * keys.row_stride);
      }
    }
    const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kGroupQueries + i;
    store_row(sum,
              p.scale,
              to,
              head_begin(to, head) + row * to.row_stride,
              item.partial >= 0 ? p.partial_queries + kept * to.dim : nullptr);
  }
}

/// One key's sums over a stage's queries.
__device__ void meet_queries(const GradientProblem& p,
                             const Item& item,
                             const QueryStage& stage,
                             std::uint64_t found,
                             std::int64_t slot,
                             float (&keys)[kPerLane],
                             float (&values)[kPerLane]) {
  const int segment = item.segment;
  const Operand& queries = p.queries[p.query_set[segment]];
  const HeadPlace head{item.strand,
                       item.head * (p.queries[0].heads / p.keys[0].heads) + stage.head};
  for (; found; found &= found - 1) {
    const std::int64_t row = stage.row + __ffsll(static_cast<long long>(found)) - 1;
    if (row < 0 || row >= p.schedule.queries) continue;
    const Pair pair = pair_of(p, head, row, segment, slot);
    add_row(values,
            pair.weight,
            p.out_gradient,
            head_begin(p.out_gradient, head) + row * p.out_gradient.row_stride);
    add_row(keys, pair.gradient, queries, head_begin(queries, head) + row * queries.row_stride);
  }
}

__global__ __launch_bounds__(32 *
                             kWarps) void key_gradient(const __grid_constant__ GradientProblem p) {
  const Item item = p.key_schedule.items[blockIdx.x];
  const int group = blockIdx.y;
  const Operand& to_keys = p.key_gradients[item.segment];
  const Operand& to_values = p.value_gradients[item.segment];
  for (int i = threadIdx.x / 32; i < kHalfKeys; i += kWarps) {
    const std::int64_t slot = item.first_row + group * kHalfKeys + i;
    if (slot >= p.keys[item.segment].rows) continue;
    float keys[kPerLane] = {};
    float values[kPerLane] = {};
    for (int s = 0; s < item.stages; ++s) {
      const QueryStage& stage = p.key_schedule.stages[item.first_stage + s];
      if (stage.kind[group] == kSkipped) continue;
      std::uint64_t found = ~std::uint64_t{0};
      if (stage.kind[group] == kMasked) {
        found = attended_bits(p.key_schedule.masks[stage.mask].of[group], i, p.key_schedule.bits);
      }
      meet_queries(p, item, stage, found, slot, keys, values);
    }
    const bool part = item.partial >= 0;
    const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kHalfKeys + i;
    if (to_keys.data) {
      store_row(keys,
                p.scale,
                to_keys,
                head_begin(to_keys, {item.strand, item.head}) + slot * to_keys.row_stride,
                part ? p.partial_keys + kept * to_keys.dim : nullptr);
    }
    if (to_values.data) {
      store_row(values,
                1,
                to_values,
                head_begin(to_values, {item.strand, item.head}) + slot * to_values.row_stride,
                part ? p.partial_values + kept * to_values.dim : nullptr);
    }
  }
}

/// A row of the sum of parts [first, first + parts), in their order.
__device__ void merge_row(
    const float* partial, const Merge& merge, int i, const Operand& to, std::int64_t begin) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int n = 0; n < kPerLane; ++n) {
    const int column = lane + 32 * n;
    if (column >= to.dim) continue;
    float sum = 0;
    for (int part = 0; part < merge.parts; ++part) {
      const std::int64_t kept = (std::int64_t{merge.first} + part) * kTileQueries + i;
      sum += partial[kept * to.dim + column];
    }
    store(to, begin + column, sum);
  }
}

__global__ __launch_bounds__(32 *
                             kWarps) void merge_queries(const __grid_constant__ GradientProblem p,
                                                        int set) {
  const Merge merge = p.schedule.merges[blockIdx.x];
  const Operand& to = p.query_gradients[set];
  const int i = blockIdx.y * kWarps + threadIdx.x / 32;
  const std::int64_t row = merge.first_row + i;
  if (row < 0 || row >= p.schedule.queries) return;
  merge_row(p.partial_queries,
            merge,
            i,
            to,
            head_begin(to, {merge.strand, merge.head}) + row * to.row_stride);
}

__global__ __launch_bounds__(32 *
                             kWarps) void merge_keys(const __grid_constant__ GradientProblem p) {
  const Merge merge = p.key_schedule.merges[blockIdx.x];
  const int i = blockIdx.y * kWarps + threadIdx.x / 32;
  const std::int64_t slot = merge.first_row + i;
  if (slot >= p.keys[merge.segment].rows) return;
  const Operand& keys = p.key_gradients[merge.segment];
  const Operand& values = p.value_gradients[merge.segment];
  if (keys.data) {
    merge_row(p.partial_keys,
              merge,
              i,
              keys,
              head_begin(keys, {merge.strand, merge.head}) + slot * keys.row_stride);
  }
  if (values.data) {
    merge_row(p.partial_values,
              merge,
              i,
              values,
              head_begin(values, {merge.strand, merge.head}) + slot * values.row_stride);
  }
}

/// Eight 16-bit products.
__device__ float dot_of_eight(const Operand& a, std::int64_t i, const Operand& b, std::int64_t j) {
  const uint4 x = *reinterpret_cast<const uint4*>(static_cast<const char*>(a.data) + 2 * i);
  const uint4 y = *reinterpret_cast<const uint4*>(static_cast<const char*>(b.data) + 2 * j);
  const std::uint32_t xs[4] = {x.x, x.y, x.z, x.w};
  const std::uint32_t ys[4] = {y.x, y.y, y.z, y.w};
  float sum = 0;
#pragma unroll
  for (int n = 0; n < 4; ++n) {
    float2 u, v;
    if (a.element == Element::kBF16) {
      u = __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&xs[n]));
      v = __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&ys[n]));
    } else {
      u = __half22float2(*reinterpret_cast<const __half2*>(&xs[n]));
      v = __half22float2(*reinterpret_cast<const __half2*>(&ys[n]));
    }
    sum = fmaf(u.x, v.x, fmaf(u.y, v.y, sum));
  }
  return sum;
}

/// 2^`lane_bits` neighbours share a row; a block has rows of one head (y) of one strand (z).
/// `wide`: both operands come 16 bytes at a time.
__global__ __launch_bounds__(256) void row_terms(const __grid_constant__ GradientProblem p,
                                                 int lane_bits,
                                                 bool wide) {
  const int lanes = 1 << lane_bits;
  const std::int64_t at = (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) >> lane_bits;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  const HeadPlace head{static_cast<int>(blockIdx.z), static_cast<int>(blockIdx.y)};
  const std::int64_t row = p.terms.first_row + at;
  const bool inside = row >= 0 && row < p.out.rows;
  float sum = 0;
  if (inside) {
    const std::int64_t a = head_begin(p.out, head) + row * p.out.row_stride;
    const std::int64_t b = head_begin(p.out_gradient, head) + row * p.out_gradient.row_stride;
    if (wide) {
      for (std::int64_t c = 8 * lane; c < p.out.dim; c += 8 * lanes) {
        sum += dot_of_eight(p.out, a + c, p.out_gradient, b + c);
      }
    } else {
      for (std::int64_t c = lane; c < p.out.dim; c += lanes) {
        sum = fmaf(load(p.out, a + c), load(p.out_gradient, b + c), sum);
      }
    }
  }
  for (int step = lanes / 2; step > 0; step /= 2) sum += __shfl_xor_sync(~0u, sum, step);
  if (lane != 0 || at >= p.terms.rows) return;
  RowTerms terms{INFINITY, 0};
  if (inside) {
    const std::int64_t cell =
        head.head * p.log_sum_exp_stride + head.strand + row * p.log_sum_exp_row_stride;
    const float log_sum_exp = p.log_sum_exp[cell];
    if (log_sum_exp > -INFINITY) {
      const float given = p.log_sum_exp_gradient ? p.log_sum_exp_gradient[cell] : 0.f;
      terms = {log_sum_exp * kLog2E, sum - given};
    }
  }
  p.terms.of(head)[row] = terms;
}

bool wide_loads_fit(const Operand& operand) {
  return operand.element != Element::kF32 && operand.dim % 8 == 0 && operand.row_stride % 8 == 0 &&
         operand.head_stride % 8 == 0 && reinterpret_cast<std::uintptr_t>(operand.data) % 16 == 0;
}

dim3 grid_of(std::int64_t count, int others) {
  return {static_cast<unsigned>(count), static_cast<unsigned>(others)};
}

void check_dim(const GradientProblem& problem) {
  if (problem.queries[0].dim <= kMostDim && problem.out.dim <= kMostDim) return;
  throw std::runtime_error("cuda: gradients of attention over heads of " +
                           std::to_string(problem.queries[0].dim) + " and values of " +
                           std::to_string(problem.out.dim) + "; the most is " +
                           std::to_string(kMostDim));
}

}  // namespace

void launch_row_terms(const GradientProblem& problem, cudaStream_t stream) {
  const bool wide = problem.out.element == problem.out_gradient.element &&
                    wide_loads_fit(problem.out) && wide_loads_fit(problem.out_gradient);
  int lane_bits = 2;
  while (lane_bits < 5 && 8 << lane_bits < problem.out.dim) ++lane_bits;
  const std::int64_t threads = problem.terms.rows << lane_bits;
  if (threads == 0 || problem.out.heads == 0) return;
  const dim3 grid(static_cast<unsigned>((threads + 255) / 256),
                  static_cast<unsigned>(problem.out.heads),
                  static_cast<unsigned>(problem.out.strands));
  row_terms<<<grid, 256, 0, stream>>>(problem, lane_bits, wide);
  check(cudaGetLastError(), "launch of the row terms kernel");
}

void launch_query_gradient_simple(const GradientProblem& problem, int set, cudaStream_t stream) {
  check_dim(problem);
  const dim3 grid = grid_of(problem.schedule.item_count, kGroups);
  query_gradient<<<grid, 32 * kWarps, 0, stream>>>(problem, set);
  check(cudaGetLastError(), "launch of the simple query gradient kernel");
}

void launch_key_gradient_simple(const GradientProblem& problem, cudaStream_t stream) {
  check_dim(problem);
  const dim3 grid = grid_of(problem.key_schedule.item_count, kGroups);
  key_gradient<<<grid, 32 * kWarps, 0, stream>>>(problem);
  check(cudaGetLastError(), "launch of the simple key gradient kernel");
}

void launch_query_gradient_merge(const GradientProblem& problem, int set, cudaStream_t stream) {
  if (problem.schedule.merge_count == 0) return;
  const dim3 grid = grid_of(problem.schedule.merge_count, kTileQueries / kWarps);
  merge_queries<<<grid, 32 * kWarps, 0, stream>>>(problem, set);
  check(cudaGetLastError(), "launch of the merge of split query gradients");
}

void launch_key_gradient_merge(const GradientProblem& problem, cudaStream_t stream) {
  if (problem.key_schedule.merge_count == 0) return;
  const dim3 grid = grid_of(problem.key_schedule.merge_count, kTileQueries / kWarps);
  merge_keys<<<grid, 32 * kWarps, 0, stream>>>(problem);
  check(cudaGetLastError(), "launch of the merge of split key gradients");
}

}  // namespace heddle::attention::cuda
