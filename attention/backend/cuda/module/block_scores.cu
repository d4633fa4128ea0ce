// Summaries of blocks of keys, means of groups of queries, and their scores. Sums are taken key
// after key and channel after channel, products are rounded before they are added: the bits of the
// selectors on the host.

#include "attention/backend/cuda/module/element.cuh"
#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/selection.h"

namespace heddle::attention::cuda {
namespace {

constexpr int kAhead = 8;  // rows read before they are added

__device__ __forceinline__ float as_float(float x) { return x; }
__device__ __forceinline__ float as_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ __forceinline__ float as_float(__half x) { return __half2float(x); }

/// visit(x) for channel `column` of rows [first, end) in their order, several on their way at once.
template <class T, class Visit>
__device__ __forceinline__ void for_each_row(const Operand& of,
                                             std::int64_t head,
                                             std::int64_t first,
                                             std::int64_t end,
                                             int column,
                                             const Visit& visit) {
  const T* at = static_cast<const T*>(of.data) + head * of.head_stride + column;
  std::int64_t row = first;
  for (; row + kAhead <= end; row += kAhead) {
    T x[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) x[i] = at[(row + i) * of.row_stride];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) visit(as_float(x[i]));
  }
  for (; row < end; ++row) visit(as_float(at[row * of.row_stride]));
}

template <class T>
__global__ void key_summaries(const __grid_constant__ Selecting s,
                              const __grid_constant__ Operand keys) {
  const std::int64_t block = blockIdx.x;
  const std::int64_t head = blockIdx.y;
  const std::int64_t first = block * s.shape.block;
  for (int c = threadIdx.x; c < s.shape.dim; c += blockDim.x) {
    const std::int64_t to = (head * s.blocks + block) * s.shape.dim + c;
    if (s.shape.score == BlockScore::kMean) {
      float sum = 0;
      for_each_row<T>(
          keys, head, first, first + s.shape.block, c, [&](float x) { sum = __fadd_rn(sum, x); });
      s.low[to] = sum;
    } else {
      float low = INFINITY;
      float high = -INFINITY;
      for_each_row<T>(keys, head, first, first + s.shape.block, c, [&](float x) {
        low = x < low ? x : low;
        high = high < x ? x : high;
      });
      s.low[to] = low;
      s.high[to] = high;
    }
  }
}

template <class T>
__global__ void query_means(const __grid_constant__ Selecting s,
                            const __grid_constant__ Operand queries) {
  const std::int64_t group = blockIdx.x;
  const std::int64_t head = blockIdx.y;
  const std::int64_t first = group * kGroupQueries;
  const std::int64_t end = min(first + kGroupQueries, s.shape.tokens);
  for (int c = threadIdx.x; c < s.shape.dim; c += blockDim.x) {
    float sum = 0;
    for_each_row<T>(queries, head, first, end, c, [&](float x) { sum = __fadd_rn(sum, x); });
    s.means[(head * s.groups + group) * s.shape.dim + c] =
        __fdiv_rn(sum, static_cast<float>(end - first));
  }
}

constexpr int kDepth = 16;  // channels in shared memory
constexpr int kSide = 16;   // threads a side; each has 4 x 4 scores

/// Channels [first, first + 16) of 64 rows, channel by channel; rows and channels outside are
/// zeros.
__device__ __forceinline__ void load_rows(
    float (&to)[kDepth][kScoreTile + 4], const float* from, int rows, int dim, int first) {
  const int c = threadIdx.x % kDepth;
  for (int r = threadIdx.x / kDepth; r < kScoreTile; r += kSide * kSide / kDepth) {
    const bool inside = r < rows && first + c < dim;
    to[c][r] = inside ? from[static_cast<std::int64_t>(r) * dim + first + c] : 0.0f;
  }
}

template <bool kBounds>
__global__ __launch_bounds__(kSide* kSide) void block_scores(const __grid_constant__ Selecting s,
                                                             int first_tile) {
  __shared__ float q[kDepth][kScoreTile + 4];
  __shared__ float low[kDepth][kScoreTile + 4];
  __shared__ float high[kBounds ? kDepth : 1][kScoreTile + 4];
  const int head_tiles = (s.groups + kScoreTile - 1) / kScoreTile;
  const int tile = first_tile + blockIdx.y;
  const int head = tile / head_tiles;
  const int first_group = tile % head_tiles * kScoreTile;
  const int first_block = blockIdx.x * kScoreTile;
  const int groups = min(kScoreTile, s.groups - first_group);
  const int blocks = min(kScoreTile, s.blocks - first_block);
  const int chunks = s.shape.block / kHalfKeys;
  if (first_block >= (first_group + groups - 1) / chunks) return;  // none is closed for any group
  const int dim = s.shape.dim;
  const int kv_head = head * s.shape.kv_heads / s.shape.heads;
  const std::int64_t keys_at = (static_cast<std::int64_t>(kv_head) * s.blocks + first_block) * dim;
  const float* means = s.means + (static_cast<std::int64_t>(head) * s.groups + first_group) * dim;
  const int row = threadIdx.x / kSide * 4;
  const int column = threadIdx.x % kSide * 4;
  float sum[4][4] = {};
  for (int first = 0; first < dim; first += kDepth) {
    __syncthreads();
    load_rows(q, means, groups, dim, first);
    load_rows(low, s.low + keys_at, blocks, dim, first);
    if constexpr (kBounds) load_rows(high, s.high + keys_at, blocks, dim, first);
    __syncthreads();
    const int depth = min(kDepth, dim - first);
    for (int c = 0; c < depth; ++c) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          float term = __fmul_rn(q[c][row + i], low[c][column + j]);
          if constexpr (kBounds) {
            const float other = __fmul_rn(q[c][row + i], high[c][column + j]);
            term = term > other ? term : other;
          }
          sum[i][j] = __fadd_rn(sum[i][j], term);
        }
      }
    }
  }
  const float mean = 1.0f / static_cast<float>(s.shape.block);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (row + i >= groups || column + j >= blocks) continue;
      const std::int64_t at =
          (static_cast<std::int64_t>(blockIdx.y) * kScoreTile + row + i) * s.blocks + first_block +
          column + j;
      s.scores[at] = kBounds ? sum[i][j] : __fmul_rn(sum[i][j], mean);
    }
  }
}

int threads_for(int dim) { return dim > 96 ? 128 : (dim + 31) / 32 * 32; }

/// launch(T()) for the operand's type.
template <class Launch>
void by_type(Element element, const Launch& launch) {
  switch (element) {
    case Element::kF32:
      return launch(float());
    case Element::kBF16:
      return launch(__nv_bfloat16());
    case Element::kF16:
      return launch(__half());
  }
}

}  // namespace

void launch_key_summaries(const Selecting& of, const Operand& keys, cudaStream_t stream) {
  if (of.blocks == 0) return;
  const dim3 grid(of.blocks, of.shape.kv_heads);
  by_type(keys.element, [&](auto type) {
    key_summaries<decltype(type)><<<grid, threads_for(of.shape.dim), 0, stream>>>(of, keys);
  });
  check(cudaGetLastError(), "launch of the summaries of blocks");
}

void launch_query_means(const Selecting& of, const Operand& queries, cudaStream_t stream) {
  const dim3 grid(of.groups, of.shape.heads);
  by_type(queries.element, [&](auto type) {
    query_means<decltype(type)><<<grid, threads_for(of.shape.dim), 0, stream>>>(of, queries);
  });
  check(cudaGetLastError(), "launch of the means of queries");
}

void launch_scores(const Selecting& of, const Slab& slab, cudaStream_t stream) {
  if (of.blocks == 0) return;
  const dim3 grid((of.blocks + kScoreTile - 1) / kScoreTile, slab.tiles);
  if (of.shape.score == BlockScore::kBound) {
    block_scores<true><<<grid, kSide * kSide, 0, stream>>>(of, slab.first_tile);
  } else {
    block_scores<false><<<grid, kSide * kSide, 0, stream>>>(of, slab.first_tile);
  }
  check(cudaGetLastError(), "launch of the scores of blocks");
}

}  // namespace heddle::attention::cuda
