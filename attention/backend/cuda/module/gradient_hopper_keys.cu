// The gradients of keys and values on Hopper: a warpgroup holds 64 keys and their values, stages of
// 64 queries, their out gradients and row terms come one after another. Scores are made transposed,
// so that weights and score gradients are the left operands, in registers, of the products into the
// two gradients. Each of the four products runs beside the arithmetic on the one before it; the
// last two run into the next stage.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_hopper.cuh"
#include "attention/backend/cuda/module/tensor_map.h"

namespace heddle::attention::cuda {
namespace {

/// Shared memory of a block. Tiles are groups of 64 columns: (columns / 64, rows, 64), swizzled.
template <int kDim, int kStages>
struct KeyGradientShared {
  static constexpr int kColumnGroups = kDim / 64;
  static constexpr int kTileBytes = 64 * kDim * 2;

  unsigned char keys[kGroups][kTileBytes];
  unsigned char values[kGroups][kTileBytes];
  unsigned char queries[kStages][kTileBytes];
  unsigned char out_gradients[kStages][kTileBytes];
  RowTerms terms[kStages][kGroupQueries];
  std::uint64_t keys_full[kGroups];
  std::uint64_t keys_free[kGroups];
  std::uint64_t queries_full[kStages];
  std::uint64_t out_gradients_full[kStages];
  std::uint64_t queries_free[kStages];
  std::uint64_t out_gradients_free[kStages];
  std::uint8_t kind[kStages][4];
  std::int32_t mask[kStages];
};

template <int kDim, int kStages>
__device__ void init_barriers(KeyGradientShared<kDim, kStages>& shared) {
  for (int g = 0; g < kGroups; ++g) {
    init_barrier(&shared.keys_full[g], 1);
    init_barrier(&shared.keys_free[g], 4);
  }
  for (int s = 0; s < kStages; ++s) {
    init_barrier(&shared.queries_full[s], 1);
    init_barrier(&shared.out_gradients_full[s], 1);
    init_barrier(&shared.queries_free[s], 4 * kGroups);
    init_barrier(&shared.out_gradients_free[s], 128 * kGroups);
  }
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

// The producers have 24 registers each, which is why there are three, with 32-bit counters.

template <int kDim, int kStages>
__device__ __forceinline__ void produce_queries(const HopperGradientParams& p,
                                                KeyGradientShared<kDim, kStages>& shared) {
  using Shared = KeyGradientShared<kDim, kStages>;
  RingPlace<kStages> at;
  const auto end = static_cast<int>(p.key_schedule.lane_begin[blockIdx.x + 1]);
  for (auto i = static_cast<int>(p.key_schedule.lane_begin[blockIdx.x]); i < end; ++i) {
    const Item& item = p.key_schedule.lane_items[i];
    const QueryStage* stage = p.key_schedule.stages + item.first_stage;
    const int first_head = item.head * p.heads_per_kv_head;
    const int strand = item.strand;
    for (int left = item.stages; left > 0; --left, ++stage, at.advance()) {
      std::uint64_t* full = &shared.queries_full[at.stage];
      wait(&shared.queries_free[at.stage], at.parity ^ 1);
      *reinterpret_cast<std::uint16_t*>(shared.kind[at.stage]) =
          *reinterpret_cast<const std::uint16_t*>(stage->kind);
      shared.mask[at.stage] = stage->mask;
      arrive_expecting(full, Shared::kTileBytes);
      load_tile(shared.queries[at.stage],
                &p.queries,
                full,
                Shared::kColumnGroups,
                stage->row,
                {strand, first_head + stage->head});
    }
  }
}

template <int kDim, int kStages>
__device__ __forceinline__ void produce_out_gradients(const HopperGradientParams& p,
                                                      KeyGradientShared<kDim, kStages>& shared) {
  using Shared = KeyGradientShared<kDim, kStages>;
  RingPlace<kStages> at;
  const auto end = static_cast<int>(p.key_schedule.lane_begin[blockIdx.x + 1]);
  for (auto i = static_cast<int>(p.key_schedule.lane_begin[blockIdx.x]); i < end; ++i) {
    const Item& item = p.key_schedule.lane_items[i];
    const QueryStage* stage = p.key_schedule.stages + item.first_stage;
    const int first_head = item.head * p.heads_per_kv_head;
    const int strand = item.strand;
    for (int left = item.stages; left > 0; --left, ++stage, at.advance()) {
      std::uint64_t* full = &shared.out_gradients_full[at.stage];
      wait(&shared.out_gradients_free[at.stage], at.parity ^ 1);
      arrive_expecting(full, Shared::kTileBytes + sizeof(shared.terms[0]));
      load_tile(shared.out_gradients[at.stage],
                &p.out_gradient,
                full,
                Shared::kColumnGroups,
                stage->row,
                {strand, first_head + stage->head});
      load_bytes(shared.terms[at.stage],
                 p.terms.of({strand, first_head + stage->head}) + stage->row,
                 sizeof(shared.terms[0]),
                 full);
    }
  }
}

template <int kDim, int kStages>
__device__ __forceinline__ void produce_tiles(const HopperGradientParams& p,
                                              KeyGradientShared<kDim, kStages>& shared) {
  using Shared = KeyGradientShared<kDim, kStages>;
  int parity = 1;
  const auto end = static_cast<int>(p.key_schedule.lane_begin[blockIdx.x + 1]);
  for (auto i = static_cast<int>(p.key_schedule.lane_begin[blockIdx.x]); i < end;
       ++i, parity ^= 1) {
    const Item& item = p.key_schedule.lane_items[i];
    const HeadPlace place{item.strand, item.head};
    const CUtensorMap* keys = &p.keys[item.segment];
    const CUtensorMap* values = &p.values[item.segment];
    for (int g = 0; g < kGroups; ++g) {
      const int slot = static_cast<int>(item.first_row) + g * kHalfKeys;
      std::uint64_t* full = &shared.keys_full[g];
      wait(&shared.keys_free[g], parity);
      arrive_expecting(full, 2 * Shared::kTileBytes);
      load_tile(shared.keys[g], keys, full, Shared::kColumnGroups, slot, place);
      load_tile(shared.values[g], values, full, Shared::kColumnGroups, slot, place);
    }
  }
}

/// One consumer warpgroup.
template <class T, int kDim, int kStages>
struct Consumer {
  using Place = RingPlace<kStages>;

  const HopperGradientParams& p;
  KeyGradientShared<kDim, kStages>& shared;
  int group;
  int thread;  // of the warpgroup
  float keys[kDim / 2];
  float values[kDim / 2];
  std::uint32_t weights[kHalfKeys / 4];
  std::uint32_t differentials[kHalfKeys / 4];
  Place at;

  __device__ __forceinline__ Consumer(const HopperGradientParams& params,
                                      KeyGradientShared<kDim, kStages>& memory,
                                      int index)
      : p(params), shared(memory), group(index), thread(threadIdx.x % 128) {}

  __device__ __forceinline__ void mask(float (&s)[kHalfKeys / 2], int index) const {
    const HalfMask of = p.key_schedule.masks[index].of[group];
    const int row = thread / 32 * 16 + thread % 32 / 4;
    mask_half(s, of, row, thread % 32, p.key_schedule.bits);
  }

  __device__ __forceinline__ void begin_item(int parity) {
#pragma unroll
    for (int i = 0; i < kDim / 2; ++i) keys[i] = values[i] = 0;
    wait(&shared.keys_full[group], parity);
  }

  __device__ __forceinline__ void let_go(int stage) const {
    release(&shared.queries_free[stage]);
    arrive(&shared.out_gradients_free[stage]);  // by every lane, which read the terms
  }

  /// The products still running end; the stage that they read is let go.
  __device__ __forceinline__ void drain(bool held, const Place& place) {
    wgmma_wait<0>();
    pin(keys);
    pin(values);
    if (held) let_go(place.stage);
  }

  /// A stage that is the other group's: it is only let go. Waiting keeps the rounds apart.
  __device__ __forceinline__ void pass(bool last) {
    wait(&shared.out_gradients_full[at.stage], at.parity);
    if (last) release(&shared.keys_free[group]);
    let_go(at.stage);
    at.advance();
  }

  /// One stage; its products into the gradients are left running, and those before have ended.
  __device__ __forceinline__ void meet(const Turn& turn, bool last, bool held, int before) {
    float scores[kHalfKeys / 2], along[kHalfKeys / 2];
    const RowTerms* terms = shared.terms[at.stage];
    const int lane = thread % 32;
    my_turn(group, turn.both);
    wgmma_fence();
    start_rows<T, kDim>(scores, shared.keys[group], shared.queries[at.stage]);
    wgmma_wait<1>();
    pin(keys);
    pin(values);
    if (held) let_go(before);
    wait(&shared.out_gradients_full[at.stage], at.parity);
    wgmma_fence();
    start_rows<T, kDim>(along, shared.values[group], shared.out_gradients[at.stage]);
    your_turn(group, turn.both);
    wgmma_wait<1>();
    pin(scores);
    if (turn.kind == kMasked) mask(scores, turn.mask);
    weigh_columns(scores, terms, lane, p.scale_log2);
    pack_weights<T>(scores, weights);
    wgmma_fence();
    start_columns<T>(values, weights, shared.out_gradients[at.stage]);
    wgmma_wait<1>();
    pin(along);
    if (last) release(&shared.keys_free[group]);
    differentiate_columns(scores, along, terms, lane);
    pack_weights<T>(scores, differentials);
    wgmma_fence();
    start_columns<T>(keys, differentials, shared.queries[at.stage]);
  }

  __device__ __forceinline__ void consume(int stages) {
    if (stages == 0) release(&shared.keys_free[group]);
    bool held = false;
    Place place = at;
    for (int s = 0; s < stages;) {
      wait(&shared.queries_full[at.stage], at.parity);
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

  __device__ __forceinline__ void store(const float (&sums)[kDim / 2],
                                        float scale,
                                        const Item& item,
                                        const Operand& to,
                                        float* partials) const {
    if (!to.data) return;
    const std::int64_t kept = std::int64_t{item.partial} * kTileQueries + group * kHalfKeys;
    float* partial = item.partial >= 0 ? partials + kept * to.dim : nullptr;
    store_group<T>(
        sums, scale, {to, {item.strand, item.head}, item.first_row + group * kHalfKeys, partial});
  }

  __device__ __forceinline__ void finish_item(const Item& item) const {
    store(values, 1, item, p.value_gradients[item.segment], p.partial_values);
    store(keys, p.scale, item, p.key_gradients[item.segment], p.partial_keys);
  }
};

template <class T, int kDim, int kStages>
__global__ __launch_bounds__(kHopperThreads, 1) void key_gradient_hopper(
    const __grid_constant__ HopperGradientParams p) {
  extern __shared__ unsigned char raw[];
  auto& shared = aligned_shared<KeyGradientShared<kDim, kStages>>(raw);
  if (threadIdx.x == 0) init_barriers(shared);
  __syncthreads();
  if (threadIdx.x < 128) {
    give_registers<24>();
    if (threadIdx.x == 0) produce_queries(p, shared);
    if (threadIdx.x == 32) produce_out_gradients(p, shared);
    if (threadIdx.x == 64) produce_tiles(p, shared);
  } else {
    take_registers<240>();
    Consumer<T, kDim, kStages> consumer(p, shared, uniform(threadIdx.x / 128) - 1);
    your_turn(1, consumer.group == 1);
    int parity = 0;
    const std::int64_t end = p.key_schedule.lane_begin[blockIdx.x + 1];
    for (std::int64_t i = p.key_schedule.lane_begin[blockIdx.x]; i < end; ++i, parity ^= 1) {
      const Item item = p.key_schedule.lane_items[i];
      consumer.begin_item(parity);
      consumer.consume(uniform(item.stages));
      consumer.finish_item(item);
    }
  }
}

template <class T, int kDim, int kStages>
void launch(const HopperGradientParams& params, cudaStream_t stream) {
  constexpr int kBytes = sizeof(KeyGradientShared<kDim, kStages>) + 1024;
  auto* kernel = key_gradient_hopper<T, kDim, kStages>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes),
        "cudaFuncSetAttribute(hopper key gradient)");
  kernel<<<params.key_schedule.lanes, kHopperThreads, kBytes, stream>>>(params);
  check(cudaGetLastError(), "launch of the hopper key gradient kernel");
}

/// The query set that the first segment with keys meets.
int query_set(const GradientProblem& problem) {
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows > 0) return problem.query_set[i];
  }
  return 0;
}

bool gradient_fits(const Operand& operand, Element element) {
  return !operand.data || map_fits(operand, element) || map_fits(operand, Element::kF32);
}

}  // namespace

bool hopper_gradient_fits(const GradientProblem& problem, const cudaDeviceProp& device) {
  if (device.major != 9 || !(problem.scale > 0)) return false;
  const Element element = problem.queries[0].element;
  if (element == Element::kF32) return false;
  const int set = query_set(problem);
  bool fits = map_fits(problem.out_gradient, element) && map_fits(problem.queries[set], element) &&
              gradient_fits(problem.query_gradients[set], element);
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows == 0) continue;
    fits = fits && problem.query_set[i] == set && map_fits(problem.keys[i], element) &&
           map_fits(problem.values[i], element) &&
           gradient_fits(problem.key_gradients[i], element) &&
           gradient_fits(problem.value_gradients[i], element);
  }
  return fits;
}

HopperGradientParams hopper_gradient_params(const GradientProblem& problem) {
  HopperGradientParams params{};
  params.queries = tensor_map(problem.queries[query_set(problem)]);
  params.out_gradient = tensor_map(problem.out_gradient);
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows == 0) continue;
    params.keys[i] = tensor_map(problem.keys[i]);
    params.values[i] = tensor_map(problem.values[i]);
    params.key_gradients[i] = problem.key_gradients[i];
    params.value_gradients[i] = problem.value_gradients[i];
  }
  params.schedule = problem.schedule;
  params.key_schedule = problem.key_schedule;
  params.terms = problem.terms;
  params.partial_queries = problem.partial_queries;
  params.partial_keys = problem.partial_keys;
  params.partial_values = problem.partial_values;
  params.heads_per_kv_head = problem.queries[0].heads / problem.keys[0].heads;
  params.scale = problem.scale;
  params.scale_log2 = problem.scale * 1.44269504089f;
  return params;
}

void launch_key_gradient_hopper(const GradientProblem& problem, cudaStream_t stream) {
  const HopperGradientParams params = hopper_gradient_params(problem);
  const bool bf16 = problem.queries[0].element == Element::kBF16;
  // THE LIST of instantiations.
  if (problem.queries[0].dim <= 64 && problem.out.dim <= 64) {
    if (bf16) return launch<__nv_bfloat16, 64, 8>(params, stream);
    return launch<__half, 64, 8>(params, stream);
  }
  if (bf16) return launch<__nv_bfloat16, 128, 4>(params, stream);
  return launch<__half, 128, 4>(params, stream);
}

}  // namespace heddle::attention::cuda
