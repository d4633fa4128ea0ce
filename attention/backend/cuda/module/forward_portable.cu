// Forward attention for any card from Ampere on, after FlashAttention-2 (arXiv 2307.08691): a block
// of four warps holds 64 queries, key and value halves of 64 come by cp.async one ahead, products
// by mma.m16n8k16. It walks the same schedule as the Hopper path, one group of a tile a block.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/softmax.cuh"

#include <algorithm>
#include <type_traits>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 128;

/// A tile of 64 rows in shared memory: 16-byte pieces of a row are permuted by its number.
template <int kDim>
__device__ __forceinline__ std::uint32_t piece(std::uint32_t tile, int row, int index) {
  return tile + row * kDim * 2 + (index ^ (row % 8)) * 16;
}

/// Starts the copy of rows [first, first + 64) of a head; rows and columns outside become zeros.
template <int kDim>
__device__ __forceinline__ void start_copy(std::uint32_t tile,
                                           const Operand& from,
                                           int head,
                                           std::int64_t first) {
  const char* base = static_cast<const char*>(from.data) + head * from.head_stride * 2;
  for (int i = threadIdx.x; i < 64 * kDim / 8; i += kThreads) {
    const int row = i / (kDim / 8);
    const int index = i % (kDim / 8);
    const std::int64_t at = first + row;
    const bool inside = at >= 0 && at < from.rows && index * 8 < from.dim;
    const char* source = inside ? base + (at * from.row_stride + index * 8) * 2 : base;
    asm volatile(
        "cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(piece<kDim>(tile, row, index)),
        "l"(source),
        "r"(inside ? 16 : 0));
  }
}

__device__ __forceinline__ void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int kPending>
__device__ __forceinline__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

__device__ __forceinline__ void load_fragments(std::uint32_t (&to)[4], std::uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address));
}

__device__ __forceinline__ void load_transposed(std::uint32_t (&to)[4], std::uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address));
}

template <class T>
__device__ __forceinline__ void multiply(float* d,
                                         const std::uint32_t* a,
                                         std::uint32_t b0,
                                         std::uint32_t b1) {
  if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
}

/// Walks the halves of an item that a group attends.
struct HalfWalk {
  const Problem& p;
  const Item& item;
  int group;
  int stage = 0;
  int half = -1;

  __device__ bool attended() const {
    const Stage& at = p.schedule.stages[item.first_stage + stage];
    if (at.kind[group] != kMasked) return at.kind[group] == kWhole;
    return p.schedule.masks[at.mask].of[group][half].keys > 0;
  }

  /// Steps to the next attended half; false at the item's end.
  __device__ bool next() {
    do {
      if (++half == 2) {
        half = 0;
        ++stage;
      }
      if (stage >= item.stages) return false;
    } while (!attended());
    return true;
  }
};

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
    const int head = item.head / (p.queries[0].heads / p.keys[0].heads);
    start_copy<kDim>(keys_at(round), p.keys[segment], head, stage.slot[at.half]);
    start_copy<kDim>(keys_at(round) + kBytes, p.values[segment], head, stage.slot[at.half]);
    commit_copies();
  }

  __device__ void scores(float (&s)[32], std::uint32_t queries, std::uint32_t keys) const {
#pragma unroll
    for (int i = 0; i < 32; ++i) s[i] = 0;
#pragma unroll
    for (int k = 0; k < kDim / 16; ++k) {
      std::uint32_t a[4];
      load_fragments(a, piece<kDim>(queries, warp * 16 + lane % 16, 2 * k + lane / 16));
#pragma unroll
      for (int n = 0; n < 4; ++n) {  // 16 keys
        std::uint32_t b[4];
        load_fragments(b,
                       piece<kDim>(keys, n * 16 + lane / 16 * 8 + lane % 8, 2 * k + lane / 8 % 2));
        multiply<T>(s + 8 * n, a, b[0], b[1]);
        multiply<T>(s + 8 * n + 4, a, b[2], b[3]);
      }
    }
  }

  __device__ void add_values(const std::uint32_t (&weights)[16], std::uint32_t values) {
#pragma unroll
    for (int k = 0; k < 4; ++k) {  // 16 keys
#pragma unroll
      for (int n = 0; n < kDim / 16; ++n) {
        std::uint32_t b[4];
        load_transposed(b, piece<kDim>(values, k * 16 + lane % 16, 2 * n + lane / 16));
        multiply<T>(o + 8 * n, weights + 4 * k, b[0], b[1]);
        multiply<T>(o + 8 * n + 4, weights + 4 * k, b[2], b[3]);
      }
    }
  }

  __device__ void consume(const HalfWalk& at, int round, float scale) {
    const Stage& stage = p.schedule.stages[item.first_stage + at.stage];
    const int set = p.query_set[stage.segment[at.half]];
    float s[32], decay[2];
    scores(s, memory + set * kBytes, keys_at(round));
    if (stage.kind[group] == kMasked) {
      const HalfMask& mask = p.schedule.masks[stage.mask].of[group][at.half];
      mask_half(s, mask, warp * 16 + lane / 4, lane, p.schedule.bits);
    }
    softmax_step(s, state, decay, scale);
    scale_rows(o, decay);
    std::uint32_t weights[16];
    pack_weights<T>(s, weights);
    add_values(weights, keys_at(round) + kBytes);
  }

  __device__ void run(float scale) {
#pragma unroll
    for (int i = 0; i < kDim / 2; ++i) o[i] = 0;
    for (int set = 0; set < p.query_sets; ++set) {
      start_copy<kDim>(memory + set * kBytes, p.queries[set], item.head, first_row());
    }
    HalfWalk at{p, item, group};
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
      if (query < 0 || query >= p.schedule.queries) continue;
      const std::int64_t kept =
          std::int64_t{item.partial} * kTileQueries + group * kGroupQueries + row;
      if (lane % 4 == 0) {
        if (item.partial >= 0) {
          to.partial_log_sum_exp[kept] = log_sum_exp[r];
        } else if (to.log_sum_exp) {
          to.log_sum_exp[item.head * to.log_sum_exp_stride + query] = log_sum_exp[r];
        }
      }
#pragma unroll
      for (int j = 0; j < kDim / 8; ++j) {
        const int column = 8 * j + 2 * (lane % 4);
        if (column >= to.out.dim) continue;
        const float x = o[4 * j + 2 * r];
        const float y = o[4 * j + 2 * r + 1];
        const std::int64_t element =
            item.head * to.out.head_stride + query * to.out.row_stride + column;
        if (item.partial >= 0) {
          *reinterpret_cast<float2*>(to.partial_out + kept * to.out.dim + column) =
              make_float2(x, y);
        } else if (to.out.element == Element::kF32) {
          static_cast<float*>(to.out.data)[element] = x;
          static_cast<float*>(to.out.data)[element + 1] = y;
        } else {
          *reinterpret_cast<std::uint32_t*>(static_cast<T*>(to.out.data) + element) =
              packed<T>(x, y);
        }
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

bool copies_fit(const Operand& operand, Element element) {
  return operand.element == element && operand.dim % 8 == 0 && operand.dim <= 128 &&
         operand.row_stride % 8 == 0 && operand.head_stride % 8 == 0 &&
         reinterpret_cast<std::uintptr_t>(operand.data) % 16 == 0;
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
