#pragma once
// Forward attention on Hopper after FlashAttention-3 (arXiv 2407.08608): one producer warpgroup
// fills rings of key and value stages by bulk tensor copies, two consumer warpgroups of 64 queries
// each multiply by wgmma with the weights in registers. Within a warpgroup the softmax of one stage
// runs beside the second product of the stage before; between the two, a pair of named barriers
// lets one multiply while the other is in its softmax. Sparse rows change the producer only: it
// reads the next stage's two 64-key halves from the schedule. A warpgroup passes over stages that
// are not its own; masks are looked at only in masked stages.

#include "attention/backend/cuda/module/hopper_producer.cuh"
#include "attention/backend/cuda/module/softmax.cuh"

namespace heddle::attention::cuda {

/// One consumer warpgroup: the scores, weights and output rows that its threads hold. kStrands: the
/// operands are seen strand by strand, or results join others; plain calls do not pay for either.
template <class T, int kDim, int kStages, bool kStrands>
struct Consumer {
  using Shared = HopperShared<kDim, kStages>;
  static constexpr int kScores = kHalfKeys;  // 64 x 128 scores over 128 threads
  static constexpr int kOut = kDim / 2;

  const HopperParams& p;
  Shared& shared;
  int group;
  int thread;  // of the warpgroup
  float o[kOut];
  std::uint32_t weights[kScores / 2];
  RowState state;
  RingPlace<kStages> at;

  __device__ __forceinline__ Consumer(const HopperParams& params, Shared& memory, int index)
      : p(params), shared(memory), group(index), thread(threadIdx.x % 128) {}

  /// The same in every lane, and known to be: wgmma must not lie under a branch that could diverge.
  static __device__ __forceinline__ int uniform(int x) { return __shfl_sync(~0u, x, 0); }

  __device__ __forceinline__ int row() const { return thread / 32 * 16 + thread % 32 / 4; }

  __device__ __forceinline__ void release(std::uint64_t* barrier) const {
    if (thread % 32 == 0) arrive(barrier);
  }

  __device__ __forceinline__ void my_turn(bool both) const {
    if (both) sync_named(1 + group, 256);
  }
  __device__ __forceinline__ void your_turn(bool both) const {
    if (both) arrive_named(1 + (group ^ 1), 256);
  }

  __device__ __forceinline__ void start_scores(float (&s)[kScores]) const {
    const std::uint32_t q = shared_address(shared.queries[group]);
    const std::uint32_t k = shared_address(shared.keys[at.stage]);
#pragma unroll
    for (int i = 0; i < kDim / 16; ++i) {
      multiply_shared<T>(s,
                         matrix(q + i / 4 * 8192 + i % 4 * 32, 16),
                         matrix(k + i / 4 * 16384 + i % 4 * 32, 16),
                         i != 0);
    }
    wgmma_commit();
  }

  __device__ __forceinline__ void start_output(int stage) {
    const std::uint32_t v = shared_address(shared.values[stage]);
#pragma unroll
    for (int i = 0; i < 2 * kHalfKeys / 16; ++i) {
      multiply_registers<T>(o, &weights[4 * i], matrix(v + i * 2048, 16384));
    }
    wgmma_commit();
  }

  __device__ __forceinline__ void mask(float (&s)[kScores], int index) const {
    const StageMask& of = p.schedule.masks[index];
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const HalfMask half = of.of[group][h];
      if (!is_whole(half)) mask_half(s + 32 * h, half, row(), thread % 32, p.schedule.bits);
    }
  }

  /// A stage that is the other group's: it is only let go. Waiting keeps the rounds apart.
  __device__ __forceinline__ void pass(bool last) {
    wait(&shared.values_full[at.stage], at.parity);
    let_go(last);
    release(&shared.values_free[at.stage]);
    at.advance();
  }

  __device__ __forceinline__ void begin_item(int item_parity) {
#pragma unroll
    for (int i = 0; i < kOut; ++i) o[i] = 0;
    state = RowState{};
    wait(&shared.queries_full[group], item_parity);
  }

  /// What the stage at `at` is to this group, once its keys are there.
  struct Turn {
    int kind;
    bool both;  // the other group works on the stage too
    int mask;
  };

  __device__ __forceinline__ Turn meet() const {
    wait(&shared.keys_full[at.stage], at.parity);
    Turn turn;
    turn.kind = uniform(shared.kind[at.stage][group]);
    turn.both = turn.kind != kSkipped && uniform(shared.kind[at.stage][group ^ 1]) != kSkipped;
    turn.mask = shared.mask[at.stage];
    return turn;
  }

  /// The scores are there: lets their keys go, and after an item's last stage its queries.
  __device__ __forceinline__ void let_go(bool last) const {
    release(&shared.keys_free[at.stage]);
    if (last) release(&shared.queries_free[group]);
  }

  /// An item's first stage of this group, whose values stay to be multiplied.
  __device__ __forceinline__ void first_stage(const Turn& turn, bool last) {
    float scores[kScores], decay[2];
    my_turn(turn.both);
    wgmma_fence();
    start_scores(scores);
    your_turn(turn.both);
    wgmma_wait<0>();
    pin(scores);
    let_go(last);
    if (turn.kind == kMasked) mask(scores, turn.mask);
    softmax_step(scores, state, decay, p.scale_log2);
    pack_weights<T>(scores, weights);
    scale_rows(o, decay);
  }

  /// A stage's scores beside the values of the stage `held`; then its softmax beside the latter.
  __device__ __forceinline__ void next_stage(const Turn& turn,
                                             bool last,
                                             const RingPlace<kStages>& held) {
    float scores[kScores], decay[2];
    my_turn(turn.both);
    wgmma_fence();
    start_scores(scores);
    wait(&shared.values_full[held.stage], held.parity);
    wgmma_fence();
    start_output(held.stage);
    your_turn(turn.both);
    wgmma_wait<1>();
    pin(scores);
    let_go(last);
    if (turn.kind == kMasked) mask(scores, turn.mask);
    softmax_step(scores, state, decay, p.scale_log2);
    wgmma_wait<0>();
    pin(o);
    release(&shared.values_free[held.stage]);
    scale_rows(o, decay);
    pack_weights<T>(scores, weights);
  }

  __device__ __forceinline__ void last_values(const RingPlace<kStages>& held) {
    wait(&shared.values_full[held.stage], held.parity);
    wgmma_fence();
    start_output(held.stage);
    wgmma_wait<0>();
    pin(o);
    release(&shared.values_free[held.stage]);
  }

  /// The stages of an item. Where the group passes over so many that the ring would wait for the
  /// values it still holds, it multiplies those first.
  __device__ __forceinline__ void consume(int stages) {
    if (stages == 0) release(&shared.queries_free[group]);
    for (int s = 0; s < stages;) {
      Turn turn = meet();
      const bool last = ++s == stages;
      if (turn.kind == kSkipped) {
        pass(last);
        continue;
      }
      first_stage(turn, last);
      RingPlace<kStages> held = at;
      int behind = 0;  // stages passed over since `held`
      at.advance();
      while (s < stages) {
        turn = meet();
        if (turn.kind == kSkipped) {
          if (++behind >= kStages) break;
          pass(++s == stages);
          continue;
        }
        behind = 0;
        next_stage(turn, ++s == stages, held);
        held = at;
        at.advance();
      }
      last_values(held);
    }
  }

  static __device__ __forceinline__ HeadPlace place_of(const Item& item) {
    return {kStrands ? item.strand : 0, item.head};
  }

  __device__ __forceinline__ void finish_item(const Item& item) {
    float inverse[2], log_sum_exp[2];
    finish_rows(state, p.scale, inverse, log_sum_exp);
    scale_rows(o, inverse);
    if (item.partial >= 0) {
      store_partial(item, log_sum_exp);
    } else {
      if constexpr (kStrands) {
        if (p.results.join) join(item, log_sum_exp);
      }
      store_whole(item, log_sum_exp);
    }
  }

  __device__ __forceinline__ void store_partial(const Item& item, const float (&log_sum_exp)[2]) {
    const Results& to = p.results;
    const std::int64_t width = to.out.dim;
    const std::int64_t first = std::int64_t{item.partial} * kTileQueries + group * kGroupQueries;
    const int lane = thread % 32;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const std::int64_t at_row = first + row() + 8 * r;
      if (lane % 4 == 0) to.partial_log_sum_exp[at_row] = log_sum_exp[r];
#pragma unroll
      for (int j = 0; j < kOut / 4; ++j) {
        const int column = 8 * j + 2 * (lane % 4);
        if (column >= width) continue;
        *reinterpret_cast<float2*>(to.partial_out + at_row * width + column) =
            make_float2(o[4 * j + 2 * r], o[4 * j + 2 * r + 1]);
      }
    }
  }

  /// Rows of the item become what they are together with the results that are there.
  __device__ __forceinline__ void join(const Item& item, float (&log_sum_exp)[2]) {
    const Results& to = p.results;
    const T* head = static_cast<const T*>(to.out.data) + head_begin(to.out, place_of(item));
    const float* sums = to.log_sum_exp + item.head * to.log_sum_exp_stride + place_of(item).strand;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const std::int64_t query = item.first_row + group * kGroupQueries + row() + 8 * r;
      if (query < 0 || query >= p.schedule.queries) continue;
      const T* at_row = head + query * to.out.row_stride;
      const JoinWeights weights =
          join_weights(sums[query * to.log_sum_exp_row_stride], log_sum_exp[r]);
      log_sum_exp[r] = weights.log_sum_exp;
#pragma unroll
      for (int j = 0; j < kOut / 4; ++j) {
        const int column = 8 * j + 2 * (thread % 4);
        float2 x = make_float2(o[4 * j + 2 * r] * weights.now, o[4 * j + 2 * r + 1] * weights.now);
        if (column < to.out.dim) {
          const auto before = *reinterpret_cast<const std::uint32_t*>(at_row + column);
          add_scaled(x, unpacked<T>(before), weights.before);
        }
        o[4 * j + 2 * r] = x.x;
        o[4 * j + 2 * r + 1] = x.y;
      }
    }
    __syncwarp();  // a row's four lanes have read before one of them writes
  }

  __device__ __forceinline__ void store_whole(const Item& item, const float (&log_sum_exp)[2]) {
    const Results& to = p.results;
    const int quarter = thread % 4;
    T* head = static_cast<T*>(to.out.data) + head_begin(to.out, place_of(item));
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const std::int64_t query = item.first_row + group * kGroupQueries + row() + 8 * r;
      const bool inside = query >= 0 && query < p.schedule.queries;
      if (quarter == 0 && to.log_sum_exp && inside) {
        to.log_sum_exp[item.head * to.log_sum_exp_stride + place_of(item).strand +
                       query * to.log_sum_exp_row_stride] = log_sum_exp[r];
      }
      T* at_row = head + query * to.out.row_stride;
#pragma unroll
      for (int j = 0; j < kOut / 16; ++j) {
        std::uint32_t piece[4];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          piece[i] = packed<T>(o[16 * j + 4 * i + 2 * r], o[16 * j + 4 * i + 2 * r + 1]);
        }
        transpose_quarters(piece, quarter);
        const int column = 32 * j + 8 * quarter;
        if (inside && column < to.out.dim) {
          *reinterpret_cast<uint4*>(at_row + column) =
              make_uint4(piece[0], piece[1], piece[2], piece[3]);
        }
      }
    }
  }
};

template <int kDim, int kStages>
__device__ __forceinline__ void init_barriers(HopperShared<kDim, kStages>& shared) {
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

template <class T, int kDim, int kStages, bool kStrands>
__global__ __launch_bounds__(kHopperThreads,
                             1) void forward_hopper(const __grid_constant__ HopperParams p) {
  extern __shared__ unsigned char raw[];
  auto& shared = *reinterpret_cast<HopperShared<kDim, kStages>*>(
      (reinterpret_cast<std::uintptr_t>(raw) + 1023) / 1024 * 1024);
  if (threadIdx.x == 0) init_barriers(shared);
  __syncthreads();
  if (threadIdx.x < 128) {
    give_registers<40>();
    if (threadIdx.x == 0) produce_keys(p, shared);
    if (threadIdx.x == 32) produce_queries(p, shared);
  } else {
    take_registers<232>();
    Consumer<T, kDim, kStages, kStrands> consumer(
        p, shared, __shfl_sync(~0u, threadIdx.x / 128, 0) - 1);
    if (consumer.group == 1) consumer.your_turn(true);
    int parity = 0;
    const std::int64_t end = p.schedule.lane_begin[blockIdx.x + 1];
    for (std::int64_t i = p.schedule.lane_begin[blockIdx.x]; i < end; ++i, parity ^= 1) {
      const Item item = p.schedule.lane_items[i];
      consumer.begin_item(parity);
      consumer.consume(__shfl_sync(~0u, item.stages, 0));
      consumer.finish_item(item);
    }
  }
}

}  // namespace heddle::attention::cuda
