// The gradient of queries on Hopper: a warpgroup holds 64 queries and their out gradients, stages
// of 128 keys and values come as in the forward pass. Of three products the first two (scores, and
// out gradient by values) start together, the weights are made beside the second; the third, into
// the gradient, runs into the next stage.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_hopper.cuh"

namespace heddle::attention::cuda {
namespace {

/// Shared memory of a block. Tiles are groups of 64 columns: (columns / 64, rows, 64), swizzled.
template <int kDim, int kStages>
struct QueryGradientShared {
  static constexpr int kStageCount = kStages;
  static constexpr int kColumnGroups = kDim / 64;
  static constexpr int kGroupBytes = kGroupQueries * kDim * 2;
  static constexpr int kStageBytes = 2 * kHalfKeys * kDim * 2;

  unsigned char queries[kGroups][kGroupBytes];
  unsigned char out_gradients[kGroups][kGroupBytes];
  unsigned char keys[kStages][kStageBytes];
  unsigned char values[kStages][kStageBytes];
  std::uint64_t queries_full[kGroups];
  std::uint64_t queries_free[kGroups];
  std::uint64_t keys_full[kStages];
  std::uint64_t keys_free[kStages];
  std::uint64_t values_full[kStages];
  std::uint64_t values_free[kStages];
  std::uint8_t kind[kStages][4];
  std::int32_t mask[kStages];
};

template <int kDim, int kStages>
__device__ void init_barriers(QueryGradientShared<kDim, kStages>& shared) {
  for (int g = 0; g < kGroups; ++g) {
    init_barrier(&shared.queries_full[g], 1);
    init_barrier(&shared.queries_free[g], 4);
  }
  for (int s = 0; s < kStages; ++s) {
    init_barrier(&shared.keys_full[s], 1);
    init_barrier(&shared.values_full[s], 1);
    init_barrier(&shared.keys_free[s], 4 * kGroups);
    init_barrier(&shared.values_free[s], 4 * kGroups);
  }
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

template <int kDim, int kStages>
__device__ __forceinline__ void produce_rows(const HopperGradientParams& p,
                                             QueryGradientShared<kDim, kStages>& shared) {
  using Shared = QueryGradientShared<kDim, kStages>;
  int parity = 1;
  const std::int64_t end = p.schedule.lane_begin[blockIdx.x + 1];
  for (std::int64_t i = p.schedule.lane_begin[blockIdx.x]; i < end; ++i, parity ^= 1) {
    const Item item = p.schedule.lane_items[i];
    const HeadPlace place{item.strand, item.head};
    for (int g = 0; g < kGroups; ++g) {
      const int row = static_cast<int>(item.first_row) + g * kGroupQueries;
      std::uint64_t* full = &shared.queries_full[g];
      wait(&shared.queries_free[g], parity);
      arrive_expecting(full, 2 * Shared::kGroupBytes);
      load_tile(shared.queries[g], &p.queries, full, Shared::kColumnGroups, row, place);
      load_tile(shared.out_gradients[g], &p.out_gradient, full, Shared::kColumnGroups, row, place);
    }
  }
}

/// One consumer warpgroup.
template <class T, int kDim, int kStages>
struct Consumer {
  using Place = RingPlace<kStages>;

  const HopperGradientParams& p;
  QueryGradientShared<kDim, kStages>& shared;
  int group;
  int thread;  // of the warpgroup
  float gradient[kDim / 2];
  std::uint32_t weights[kHalfKeys / 2];
  RowTerms terms[2];
  Place at;

  __device__ __forceinline__ Consumer(const HopperGradientParams& params,
                                      QueryGradientShared<kDim, kStages>& memory,
                                      int index)
      : p(params), shared(memory), group(index), thread(threadIdx.x % 128) {}

  __device__ __forceinline__ int row() const { return thread / 32 * 16 + thread % 32 / 4; }

  __device__ __forceinline__ void mask(float (&s)[kHalfKeys], int index) const {
    const StageMask& of = p.schedule.masks[index];
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const HalfMask half = of.of[group][h];
      if (!is_whole(half)) mask_half(s + 32 * h, half, row(), thread % 32, p.schedule.bits);
    }
  }

  __device__ __forceinline__ void begin_item(const Item& item, int parity) {
    const std::int64_t first = item.first_row + group * kGroupQueries;
    const RowTerms* of = p.terms.of({item.strand, item.head}) + first + row();
    terms[0] = of[0];
    terms[1] = of[8];
#pragma unroll
    for (int i = 0; i < kDim / 2; ++i) gradient[i] = 0;
    wait(&shared.queries_full[group], parity);
  }

  /// The products still running end; the stage whose keys they read is let go.
  __device__ __forceinline__ void drain(bool held, const Place& place) {
    wgmma_wait<0>();
    pin(gradient);
    if (held) release(&shared.keys_free[place.stage]);
  }

  /// A stage that is the other group's: it is only let go. Waiting keeps the rounds apart.
  __device__ __forceinline__ void pass(bool last) {
    wait(&shared.values_full[at.stage], at.parity);
    if (last) release(&shared.queries_free[group]);
    release(&shared.keys_free[at.stage]);
    release(&shared.values_free[at.stage]);
    at.advance();
  }

  /// One stage; the product into the gradient is left running, and the one before it has ended.
  __device__ __forceinline__ void meet(const Turn& turn, bool last, bool held, int before) {
    float scores[kHalfKeys], along[kHalfKeys];
    my_turn(group, turn.both);
    wgmma_fence();
    start_rows<T, kDim>(scores, shared.queries[group], shared.keys[at.stage]);
    wgmma_wait<1>();
    pin(gradient);
    if (held) release(&shared.keys_free[before]);
    wait(&shared.values_full[at.stage], at.parity);
    wgmma_fence();
    start_rows<T, kDim>(along, shared.out_gradients[group], shared.values[at.stage]);
    your_turn(group, turn.both);
    wgmma_wait<1>();
    pin(scores);
    if (turn.kind == kMasked) mask(scores, turn.mask);
    weigh_rows(scores, terms, p.scale_log2);
    wgmma_wait<0>();
    pin(along);
    release(&shared.values_free[at.stage]);
    if (last) release(&shared.queries_free[group]);
    differentiate_rows(scores, along, terms);
    pack_weights<T>(scores, weights);
    wgmma_fence();
    start_columns<T>(gradient, weights, shared.keys[at.stage]);
  }

  __device__ __forceinline__ void consume(int stages) {
    if (stages == 0) release(&shared.queries_free[group]);
    bool held = false;
    Place place = at;
    for (int s = 0; s < stages;) {
      wait(&shared.keys_full[at.stage], at.parity);
      const Turn turn = turn_of(shared.kind[at.stage], group, shared.mask[at.stage]);
      const bool last = ++s == stages;
      if (turn.kind == kSkipped) {
        drain(held, place);
        held = false;
        pass(last);
        continue;
      }
      meet(turn, last, held, place.stage);
      held = true;
      place = at;
      at.advance();
    }
    drain(held, place);
  }

  __device__ __forceinline__ void finish_item(const Item& item) const {
    const Operand& to = p.query_gradient;
    const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kGroupQueries;
    float* partial = item.partial >= 0 ? p.partial_queries + kept * to.dim : nullptr;
    store_group<T>(gradient,
                   p.scale,
                   {to, {item.strand, item.head}, item.first_row + group * kGroupQueries, partial});
  }
};

template <class T, int kDim, int kStages>
__global__ __launch_bounds__(kHopperThreads, 1) void query_gradient_hopper(
    const __grid_constant__ HopperGradientParams p) {
  extern __shared__ unsigned char raw[];
  auto& shared = aligned_shared<QueryGradientShared<kDim, kStages>>(raw);
  if (threadIdx.x == 0) init_barriers(shared);
  __syncthreads();
  if (threadIdx.x < 128) {
    give_registers<40>();
    if (threadIdx.x == 0) produce_keys(p, shared);
    if (threadIdx.x == 32) produce_rows(p, shared);
  } else {
    take_registers<232>();
    Consumer<T, kDim, kStages> consumer(p, shared, uniform(threadIdx.x / 128) - 1);
    your_turn(1, consumer.group == 1);
    int parity = 0;
    const std::int64_t end = p.schedule.lane_begin[blockIdx.x + 1];
    for (std::int64_t i = p.schedule.lane_begin[blockIdx.x]; i < end; ++i, parity ^= 1) {
      const Item item = p.schedule.lane_items[i];
      consumer.begin_item(item, parity);
      consumer.consume(uniform(item.stages));
      consumer.finish_item(item);
    }
  }
}

template <class T, int kDim, int kStages>
void launch(const HopperGradientParams& params, cudaStream_t stream) {
  constexpr int kBytes = sizeof(QueryGradientShared<kDim, kStages>) + 1024;
  auto* kernel = query_gradient_hopper<T, kDim, kStages>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes),
        "cudaFuncSetAttribute(hopper query gradient)");
  kernel<<<params.schedule.lanes, kHopperThreads, kBytes, stream>>>(params);
  check(cudaGetLastError(), "launch of the hopper query gradient kernel");
}

}  // namespace

void launch_query_gradient_hopper(const GradientProblem& problem, int set, cudaStream_t stream) {
  HopperGradientParams params = hopper_gradient_params(problem);
  params.query_gradient = problem.query_gradients[set];
  const bool bf16 = problem.queries[0].element == Element::kBF16;
  // THE LIST of instantiations: narrower heads are zero-filled by the copy engine.
  if (problem.queries[0].dim <= 64 && problem.out.dim <= 64) {
    if (bf16) return launch<__nv_bfloat16, 64, 5>(params, stream);
    return launch<__half, 64, 5>(params, stream);
  }
  if (bf16) return launch<__nv_bfloat16, 128, 2>(params, stream);
  return launch<__half, 128, 2>(params, stream);
}

}  // namespace heddle::attention::cuda
