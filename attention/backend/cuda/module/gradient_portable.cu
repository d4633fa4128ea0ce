// Gradients for any card from Ampere on (arXiv 2307.08691, algorithm 2, cut in two so that each
// output has one owner): a block of four warps holds 64 queries and walks their keys, or holds 64
// keys and walks their queries. Scores are made again from the log-sum-exps.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/pair_terms.cuh"
#include "attention/backend/cuda/module/portable_tile.cuh"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr float kLog2E = 1.44269504089f;
constexpr int kTermBytes = 64 * sizeof(RowTerms);

__device__ __forceinline__ std::uint32_t address_of(const void* shared) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
}

/// 64 queries' gradient: queries and out gradients stay, keys and values come one half ahead.
template <class T, int kDim>
struct QueryTile {
  static constexpr int kBytes = 64 * kDim * 2;

  const GradientProblem& p;
  const Item item;
  int group;
  int set;
  std::uint32_t memory;  // queries, out gradients, two rounds of keys and values
  float gradient[kDim / 2];
  RowTerms terms[2];

  __device__ std::int64_t first_row() const { return item.first_row + group * kGroupQueries; }
  __device__ std::uint32_t keys_at(int round) const { return memory + (2 + 2 * round) * kBytes; }

  __device__ const Stage& stage(const HalfWalk& at) const {
    return p.schedule.stages[item.first_stage + at.stage];
  }

  __device__ bool next(HalfWalk& at) const {
    while (at.next()) {
      if (p.query_set[stage(at).segment[at.half]] == set) return true;
    }
    return false;
  }

  __device__ void start(const HalfWalk& at, int round) const {
    const int segment = stage(at).segment[at.half];
    const HeadPlace head{item.strand, item.head / (p.queries[0].heads / p.keys[0].heads)};
    start_copy<kDim>(keys_at(round), p.keys[segment], head, stage(at).slot[at.half]);
    start_copy<kDim>(keys_at(round) + kBytes, p.values[segment], head, stage(at).slot[at.half]);
    commit_copies();
  }

  __device__ void begin() {
    const int row = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      terms[r] = p.terms.of({item.strand, item.head})[first_row() + row + 8 * r];
    }
#pragma unroll
    for (int i = 0; i < kDim / 2; ++i) gradient[i] = 0;
    start_copy<kDim>(memory, p.queries[set], {item.strand, item.head}, first_row());
    start_copy<kDim>(memory + kBytes, p.out_gradient, {item.strand, item.head}, first_row());
  }

  __device__ void consume(const HalfWalk& at, int round) {
    const int lane = threadIdx.x % 32;
    float s[32], along[32];
    multiply_rows<T, kDim>(s, memory, keys_at(round));
    multiply_rows<T, kDim>(along, memory + kBytes, keys_at(round) + kBytes);
    if (stage(at).kind[group] == kMasked) {
      const HalfMask& mask = p.schedule.masks[stage(at).mask].of[group][at.half];
      mask_half(s, mask, threadIdx.x / 32 * 16 + lane / 4, lane, p.schedule.bits);
    }
    weigh_rows(s, terms, p.scale * kLog2E);
    differentiate_rows(s, along, terms);
    std::uint32_t weights[16];
    pack_weights<T>(s, weights);
    add_columns<T, kDim>(gradient, weights, keys_at(round));
  }

  __device__ void run() {
    begin();
    HalfWalk at{p.schedule, item, group};
    bool more = next(at);
    if (more) start(at, 0);
    for (int round = 0; more; round ^= 1) {
      const HalfWalk now = at;
      more = next(at);
      wait_copies<0>();
      __syncthreads();
      if (more) start(at, round ^ 1);
      consume(now, round);
    }
    const Operand& to = p.query_gradients[set];
    const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kGroupQueries;
    float* partial = item.partial >= 0 ? p.partial_queries + kept * to.dim : nullptr;
    store_group<T>(gradient, p.scale, {to, {item.strand, item.head}, first_row(), partial});
  }
};

/// 64 keys' gradients: keys and values stay, queries and out gradients come one stage ahead.
template <class T, int kDim>
struct KeyTile {
  static constexpr int kBytes = 64 * kDim * 2;

  const GradientProblem& p;
  const Item item;
  int group;
  unsigned char* shared;  // keys, values, two rounds of queries, out gradients, terms
  float keys[kDim / 2];
  float values[kDim / 2];

  __device__ std::uint32_t memory() const { return address_of(shared); }
  __device__ int offset(int round) const { return 2 * kBytes + round * (2 * kBytes + kTermBytes); }
  __device__ const QueryStage& stage(int s) const {
    return p.key_schedule.stages[item.first_stage + s];
  }

  /// The first stage from `s` on that the group works on; item.stages at the end.
  __device__ int next(int s) const {
    while (s < item.stages && stage(s).kind[group] == kSkipped) ++s;
    return s;
  }

  __device__ void start(int s, int round) const {
    const QueryStage& of = stage(s);
    const HeadPlace head{item.strand, item.head * (p.queries[0].heads / p.keys[0].heads) + of.head};
    const std::uint32_t to = memory() + offset(round);
    const int set = p.query_set[item.segment];
    start_copy<kDim>(to, p.queries[set], head, of.row);
    start_copy<kDim>(to + kBytes, p.out_gradient, head, of.row);
    const RowTerms* terms = p.terms.of(head) + of.row;
    if (threadIdx.x < kTermBytes / 16) {
      asm volatile(
          "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to + 2 * kBytes + threadIdx.x * 16),
          "l"(terms + 2 * threadIdx.x));
    }
    commit_copies();
  }

  __device__ void consume(int index, int round) {
    const QueryStage& of = stage(index);
    const int lane = threadIdx.x % 32;
    const std::uint32_t queries = memory() + offset(round);
    const auto* terms = reinterpret_cast<const RowTerms*>(shared + offset(round) + 2 * kBytes);
    float s[32], along[32];
    std::uint32_t weights[16];
    multiply_rows<T, kDim>(s, memory(), queries);
    if (of.kind[group] == kMasked) {
      const HalfMask& mask = p.key_schedule.masks[of.mask].of[group];
      mask_half(s, mask, threadIdx.x / 32 * 16 + lane / 4, lane, p.key_schedule.bits);
    }
    weigh_columns(s, terms, lane, p.scale * kLog2E);
    pack_weights<T>(s, weights);
    add_columns<T, kDim>(values, weights, queries + kBytes);
    multiply_rows<T, kDim>(along, memory() + kBytes, queries + kBytes);
    differentiate_columns(s, along, terms, lane);
    pack_weights<T>(s, weights);
    add_columns<T, kDim>(keys, weights, queries);
  }

  __device__ std::int64_t first_slot() const { return item.first_row + group * kHalfKeys; }

  __device__ void store(const float (&sums)[kDim / 2],
                        float scale,
                        const Operand& to,
                        float* partials) const {
    if (!to.data) return;
    const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kHalfKeys;
    float* partial = item.partial >= 0 ? partials + kept * to.dim : nullptr;
    store_group<T>(sums, scale, {to, {item.strand, item.head}, first_slot(), partial});
  }

  __device__ void run() {
#pragma unroll
    for (int i = 0; i < kDim / 2; ++i) keys[i] = values[i] = 0;
    start_copy<kDim>(memory(), p.keys[item.segment], {item.strand, item.head}, first_slot());
    start_copy<kDim>(
        memory() + kBytes, p.values[item.segment], {item.strand, item.head}, first_slot());
    int at = next(0);
    if (at < item.stages) start(at, 0);
    for (int round = 0; at < item.stages; round ^= 1) {
      const int now = at;
      at = next(now + 1);
      wait_copies<0>();
      __syncthreads();
      if (at < item.stages) start(at, round ^ 1);
      consume(now, round);
    }
    store(keys, p.scale, p.key_gradients[item.segment], p.partial_keys);
    store(values, 1, p.value_gradients[item.segment], p.partial_values);
  }
};

template <class T, int kDim>
__global__ __launch_bounds__(kPortableThreads) void query_gradient_portable(
    const __grid_constant__ GradientProblem p, int set) {
  extern __shared__ __align__(128) unsigned char shared[];
  QueryTile<T, kDim> tile{
      p, p.schedule.items[blockIdx.x], static_cast<int>(blockIdx.y), set, address_of(shared)};
  tile.run();
}

template <class T, int kDim>
__global__ __launch_bounds__(kPortableThreads) void key_gradient_portable(
    const __grid_constant__ GradientProblem p) {
  extern __shared__ __align__(128) unsigned char shared[];
  KeyTile<T, kDim> tile{p, p.key_schedule.items[blockIdx.x], static_cast<int>(blockIdx.y), shared};
  tile.run();
}

template <class T, int kDim>
void launch_queries(const GradientProblem& problem, int set, cudaStream_t stream) {
  constexpr int kBytes = 6 * QueryTile<T, kDim>::kBytes;
  auto* kernel = query_gradient_portable<T, kDim>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes),
        "cudaFuncSetAttribute(portable query gradient)");
  const dim3 grid(static_cast<unsigned>(problem.schedule.item_count), kGroups);
  kernel<<<grid, kPortableThreads, kBytes, stream>>>(problem, set);
  check(cudaGetLastError(), "launch of the portable query gradient kernel");
}

template <class T, int kDim>
void launch_keys(const GradientProblem& problem, cudaStream_t stream) {
  constexpr int kBytes = 6 * KeyTile<T, kDim>::kBytes + 2 * kTermBytes;
  auto* kernel = key_gradient_portable<T, kDim>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes),
        "cudaFuncSetAttribute(portable key gradient)");
  const dim3 grid(static_cast<unsigned>(problem.key_schedule.item_count), kGroups);
  kernel<<<grid, kPortableThreads, kBytes, stream>>>(problem);
  check(cudaGetLastError(), "launch of the portable key gradient kernel");
}

bool stores_fit(const Operand& operand, Element element) {
  return !operand.data || copies_fit(operand, element) || copies_fit(operand, Element::kF32);
}

}  // namespace

bool portable_gradient_fits(const GradientProblem& problem, const cudaDeviceProp& device) {
  const Element element = problem.queries[0].element;
  if (device.major < 8 || element == Element::kF32 || !(problem.scale > 0)) return false;
  bool fits = problem.out.dim % 8 == 0 && problem.out.dim <= 128 &&
              copies_fit(problem.out_gradient, element);
  for (int i = 0; i < problem.query_sets; ++i) {
    fits = fits && copies_fit(problem.queries[i], element) &&
           stores_fit(problem.query_gradients[i], element);
  }
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows == 0) continue;
    fits = fits && copies_fit(problem.keys[i], element) && copies_fit(problem.values[i], element) &&
           stores_fit(problem.key_gradients[i], element) &&
           stores_fit(problem.value_gradients[i], element);
  }
  return fits;
}

void launch_query_gradient_portable(const GradientProblem& problem, int set, cudaStream_t stream) {
  const bool bf16 = problem.queries[0].element == Element::kBF16;
  // THE LIST of instantiations; narrower heads are filled with zeros.
  if (std::max(problem.queries[0].dim, problem.out.dim) <= 64) {
    if (bf16) return launch_queries<__nv_bfloat16, 64>(problem, set, stream);
    return launch_queries<__half, 64>(problem, set, stream);
  }
  if (bf16) return launch_queries<__nv_bfloat16, 128>(problem, set, stream);
  return launch_queries<__half, 128>(problem, set, stream);
}

void launch_key_gradient_portable(const GradientProblem& problem, cudaStream_t stream) {
  const bool bf16 = problem.queries[0].element == Element::kBF16;
  // THE LIST of instantiations.
  if (std::max(problem.queries[0].dim, problem.out.dim) <= 64) {
    if (bf16) return launch_keys<__nv_bfloat16, 64>(problem, stream);
    return launch_keys<__half, 64>(problem, stream);
  }
  if (bf16) return launch_keys<__nv_bfloat16, 128>(problem, stream);
  return launch_keys<__half, 128>(problem, stream);
}

}  // namespace heddle::attention::cuda
