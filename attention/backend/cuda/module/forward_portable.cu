// Forward attention for any card from Ampere on, after FlashAttention-2 (arXiv 2307.08691): a block
// of four warps holds 64 queries, key and value halves of 64 come by cp.async one ahead, products
// by mma.m16n8k16. It walks the same schedule as the Hopper path, one group of a tile a block.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/portable_tile.cuh"
#include "attention/backend/cuda/module/softmax.cuh"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = kPortableThreads;

template <class T, int kDim>
struct Tile {
  static constexpr int kBytes = 64 * kDim * 2;

  const Problem& p;
  const Item item;
  int group;
  int warp = threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  std::uint32_t memory;  // query sets, then two rounds of keys and values
  float o[kDim / 2];
  RowState state;

  __device__ Tile(const Problem& problem, const Item& of, int index, void* shared)
      : p(problem),
        item(of),
        group(index),
        memory(static_cast<std::uint32_t>(__cvta_generic_to_shared(shared))) {}

  __device__ std::uint32_t keys_at(int round) const {
    return memory + (p.query_sets + 2 * round) * kBytes;
  }

  __device__ std::int64_t first_row() const { return item.first_row + group * kGroupQueries; }

  __device__ void start(const HalfWalk& at, int round) const {
    const Stage& stage = p.schedule.stages[item.first_stage + at.stage];
    const int segment = stage.segment[at.half];
    const HeadPlace head{item.strand, item.head / (p.queries[0].heads / p.keys[0].heads)};
    start_copy<kDim>(keys_at(round), p.keys[segment], head, stage.slot[at.half]);
    start_copy<kDim>(keys_at(round) + kBytes, p.values[segment], head, stage.slot[at.half]);
    commit_copies();
  }

  __device__ void consume(const HalfWalk& at, int round, float scale) {
    const Stage& stage = p.schedule.stages[item.first_stage + at.stage];
    const int set = p.query_set[stage.segment[at.half]];
    float s[32], decay[2];
    multiply_rows<T, kDim>(s, memory + set * kBytes, keys_at(round));
    if (stage.kind[group] == kMasked) {
      const HalfMask& mask = p.schedule.masks[stage.mask].of[group][at.half];
      mask_half(s, mask, warp * 16 + lane / 4, lane, p.schedule.bits);
    }
    softmax_step(s, state, decay, scale);
    scale_rows(o, decay);
    std::uint32_t weights[16];
    pack_weights<T>(s, weights);
    add_columns<T, kDim>(o, weights, keys_at(round) + kBytes);
  }

  __device__ void run(float scale) {
#pragma unroll
    for (int i = 0; i < kDim / 2; ++i) o[i] = 0;
    for (int set = 0; set < p.query_sets; ++set) {
      start_copy<kDim>(
          memory + set * kBytes, p.queries[set], {item.strand, item.head}, first_row());
    }
    HalfWalk at{p.schedule, item, group};
    bool more = at.next();
    if (more) start(at, 0);
    for (int round = 0; more; round ^= 1) {
      const HalfWalk now = at;
      more = at.next();
      wait_copies<0>();
      __syncthreads();
      if (more) start(at, round ^ 1);
      consume(now, round, scale);
    }
  }

  __device__ void store() {
    float inverse[2], log_sum_exp[2];
    finish_rows(state, p.scale, inverse, log_sum_exp);
    scale_rows(o, inverse);
    const Results& to = p.results;
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const int row = warp * 16 + lane / 4 + 8 * r;
      const std::int64_t query = first_row() + row;
      const bool inside = query >= 0 && query < p.schedule.queries;
      const std::int64_t cell =
          item.head * to.log_sum_exp_stride + item.strand + query * to.log_sum_exp_row_stride;
      JoinWeights weights{.log_sum_exp = log_sum_exp[r]};
      if (item.partial < 0 && to.join && inside) {
        weights = join_weights(to.log_sum_exp[cell], log_sum_exp[r]);
      }
      __syncwarp();  // a row's four lanes have read what was there
      if (!inside) continue;
      if (item.partial >= 0) {
        const int first = group * kGroupQueries;
        store_partial(r, std::int64_t{item.partial} * kTileQueries + first + row, log_sum_exp[r]);
      } else {
        store_whole(r, query, weights);
        if (lane % 4 == 0 && to.log_sum_exp) to.log_sum_exp[cell] = weights.log_sum_exp;
      }
    }
  }

  __device__ void store_partial(int r, std::int64_t kept, float log_sum_exp) {
    const Results& to = p.results;
    if (lane % 4 == 0) to.partial_log_sum_exp[kept] = log_sum_exp;
#pragma unroll
    for (int j = 0; j < kDim / 8; ++j) {
      const int column = 8 * j + 2 * (lane % 4);
      if (column >= to.out.dim) continue;
      *reinterpret_cast<float2*>(to.partial_out + kept * to.out.dim + column) =
          make_float2(o[4 * j + 2 * r], o[4 * j + 2 * r + 1]);
    }
  }

  __device__ void store_whole(int r, std::int64_t query, const JoinWeights& join) {
    const Results& to = p.results;
    const std::int64_t begin =
        head_begin(to.out, {item.strand, item.head}) + query * to.out.row_stride;
#pragma unroll
    for (int j = 0; j < kDim / 8; ++j) {
      const int column = 8 * j + 2 * (lane % 4);
      if (column >= to.out.dim) continue;
      float2 x = make_float2(o[4 * j + 2 * r] * join.now, o[4 * j + 2 * r + 1] * join.now);
      if (to.out.element == Element::kF32) {
        float2* at = reinterpret_cast<float2*>(static_cast<float*>(to.out.data) + begin + column);
        if (to.join) add_scaled(x, *at, join.before);
        *at = x;
      } else {
        auto* at = reinterpret_cast<std::uint32_t*>(static_cast<T*>(to.out.data) + begin + column);
        if (to.join) add_scaled(x, unpacked<T>(*at), join.before);
        *at = packed<T>(x.x, x.y);
      }
    }
  }
};

template <class T, int kDim>
__global__ __launch_bounds__(kThreads) void forward_portable(const __grid_constant__ Problem p) {
  extern __shared__ __align__(128) unsigned char shared[];
  Tile<T, kDim> tile(p, p.schedule.items[blockIdx.x], blockIdx.y, shared);
  tile.run(p.scale * 1.44269504089f);
  tile.store();
}

template <class T, int kDim>
void launch(const Problem& problem, cudaStream_t stream) {
  const int bytes = (problem.query_sets + 4) * Tile<T, kDim>::kBytes;
  auto* kernel = forward_portable<T, kDim>;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
        "cudaFuncSetAttribute(portable forward)");
  const dim3 grid(static_cast<unsigned>(problem.schedule.item_count), kGroups);
  kernel<<<grid, kThreads, bytes, stream>>>(problem);
  check(cudaGetLastError(), "launch of the portable forward kernel");
}

}  // namespace

bool portable_fits(const Problem& problem, const cudaDeviceProp& device) {
  const Element element = problem.queries[0].element;
  if (device.major < 8 || element == Element::kF32 || !(problem.scale > 0)) return false;
  const Operand& out = problem.results.out;
  bool fits = out.element == Element::kF32 || copies_fit(out, element);
  fits = fits && out.dim % 8 == 0 && out.dim <= 128;
  for (int i = 0; i < problem.query_sets; ++i) {
    fits = fits && copies_fit(problem.queries[i], element);
  }
  for (int i = 0; i < problem.segments; ++i) {
    if (problem.keys[i].rows == 0) continue;
    fits = fits && copies_fit(problem.keys[i], element) && copies_fit(problem.values[i], element);
  }
  return fits;
}

void launch_portable(const Problem& problem, cudaStream_t stream) {
  const bool bf16 = problem.queries[0].element == Element::kBF16;
  // THE LIST of instantiations; narrower heads are filled with zeros.
  if (std::max(problem.queries[0].dim, problem.results.out.dim) <= 64) {
    if (bf16) return launch<__nv_bfloat16, 64>(problem, stream);
    return launch<__half, 64>(problem, stream);
  }
  if (bf16) return launch<__nv_bfloat16, 128>(problem, stream);
  return launch<__half, 128>(problem, stream);
}

}  // namespace heddle::attention::cuda
