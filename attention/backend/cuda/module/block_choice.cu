// The best blocks of each group of queries, exactly, by radix: four passes over the bytes of the
// scores' ranks find the last rank that is chosen and how many of those who have it; ties go to the
// smaller block. Then the rows of the plan.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/selection.h"

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kBins = 256;

/// The sum of `x` over the lanes up to this one.
__device__ __forceinline__ int sum_up_to(int x, int lane) {
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    const int before = __shfl_up_sync(~0u, x, step);
    if (lane >= step) x += before;
  }
  return x;
}

struct Digit {
  std::uint32_t bin;
  int before;  // how many are in smaller bins
};

/// The bin that holds the `wanted`-th entry, counted from 1; by one warp, every lane has it.
__device__ __forceinline__ Digit digit_of(const int* bins, int wanted, int lane) {
  int own[kBins / 32];
  int sum = 0;
#pragma unroll
  for (int i = 0; i < kBins / 32; ++i) sum += own[i] = bins[lane * (kBins / 32) + i];
  const int up_to = sum_up_to(sum, lane);
  const std::uint32_t reached = __ballot_sync(~0u, up_to >= wanted);
  const int at = __ffs(static_cast<int>(reached)) - 1;
  Digit found{0, up_to - sum};
  bool here = false;
#pragma unroll
  for (int i = 0; i < kBins / 32; ++i) {
    if (here) continue;
    if (found.before + own[i] >= wanted) {
      found.bin = static_cast<std::uint32_t>(lane * (kBins / 32) + i);
      here = true;
    } else {
      found.before += own[i];
    }
  }
  return {__shfl_sync(~0u, found.bin, at), __shfl_sync(~0u, found.before, at)};
}

struct Threshold {
  std::uint32_t rank;  // of the last that is chosen
  int equal;           // how many of those who have it
};

/// Of the `wanted` best of `count` scores, 0 < wanted < count; by all threads, each has it.
__device__ Threshold threshold_of(const float* scores, int count, int wanted) {
  __shared__ int bins[kBins];
  __shared__ Threshold found;
  const int lane = threadIdx.x % 32;
  std::uint32_t prefix = 0;
  std::uint32_t known = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int i = threadIdx.x; i < kBins; i += kThreads) bins[i] = 0;
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += kThreads) {
      const std::uint32_t rank = rank_of(scores[i]);
      if ((rank & known) == prefix) atomicAdd(&bins[rank >> shift & (kBins - 1)], 1);
    }
    __syncthreads();
    if (threadIdx.x < 32) {
      const Digit digit = digit_of(bins, wanted, lane);
      if (lane == 0) found = {prefix | digit.bin << shift, wanted - digit.before};
    }
    __syncthreads();
    prefix = found.rank;
    wanted = found.equal;
    known |= std::uint32_t{kBins - 1} << shift;
  }
  return {prefix, wanted};
}

/// A block of threads a group.
__global__ __launch_bounds__(kThreads) void choose_blocks(const __grid_constant__ Selecting s,
                                                          int first_tile,
                                                          ScoreRows rows) {
  extern __shared__ std::uint32_t words[];  // below the threshold, then at it
  const int head_tiles = (s.groups + kScoreTile - 1) / kScoreTile;
  const int tile = first_tile + static_cast<int>(blockIdx.x) / kScoreTile;
  const int head = tile / head_tiles;
  const int group = tile % head_tiles * kScoreTile + static_cast<int>(blockIdx.x) % kScoreTile;
  if (group >= s.groups) return;
  const int closed = group / (s.shape.block / kHalfKeys);
  const int wanted = min(s.shape.top - 1, closed);
  std::uint32_t* chosen = s.chosen + (static_cast<std::int64_t>(head) * s.groups + group) * s.words;
  if (wanted == 0 || wanted == closed) {
    for (int w = threadIdx.x; w < s.words; w += kThreads) {
      const int left = wanted - w * kWordBlocks;
      chosen[w] = left <= 0 ? 0 : left >= kWordBlocks ? ~0u : (1u << left) - 1;
    }
    return;
  }
  const float* scores = rows.data + (head * rows.head_rows + group - rows.before) * s.blocks;
  const Threshold threshold = threshold_of(scores, closed, wanted);
  const int lane = threadIdx.x % 32;
  for (int w = threadIdx.x / 32; w < s.words; w += kThreads / 32) {
    const int block = w * kWordBlocks + lane;
    const bool inside = block < closed;
    const std::uint32_t rank = inside ? rank_of(scores[block]) : 0;
    const std::uint32_t less = __ballot_sync(~0u, inside && rank < threshold.rank);
    const std::uint32_t equal = __ballot_sync(~0u, inside && rank == threshold.rank);
    if (lane == 0) {
      words[w] = less;
      words[s.words + w] = equal;
    }
  }
  __syncthreads();
  if (threadIdx.x >= 32) return;
  int before = 0;  // ties in the words before
  for (int first = 0; first < s.words; first += 32) {
    const int w = first + lane;
    const std::uint32_t equal = w < s.words ? words[s.words + w] : 0;
    const int up_to = before + sum_up_to(__popc(equal), lane);
    if (w < s.words) {
      const int left = threshold.equal - (up_to - __popc(equal));
      chosen[w] = words[w] | lowest_set(equal, left);
    }
    before = __shfl_sync(~0u, up_to, 31);
  }
}

__device__ __forceinline__ GroupChoice choice_of(const Selecting& s, std::int64_t row) {
  return {s.chosen + row * s.words,
          static_cast<std::int32_t>(row % s.groups),
          s.shape.block / kHalfKeys};
}

__global__ void count_runs(const __grid_constant__ Selecting s) {
  const std::int64_t row = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (row >= std::int64_t{s.shape.heads} * s.groups) return;
  std::int64_t runs = 0;
  for_each_run(choice_of(s, row), s.shape.tokens, [&](const TileRun&) { ++runs; });
  s.row_begin[row + 1] = runs;
}

constexpr int kScanThreads = 1024;

/// row_begin[i + 1] from counts to sums, by one block.
__global__ __launch_bounds__(kScanThreads) void sum_rows(const __grid_constant__ Selecting s) {
  __shared__ int of_warp[kScanThreads / 32];
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  const std::int64_t rows = std::int64_t{s.shape.heads} * s.groups;
  std::int64_t before = 0;
  if (threadIdx.x == 0) s.row_begin[0] = 0;
  for (std::int64_t first = 0; first < rows; first += kScanThreads) {
    const std::int64_t row = first + threadIdx.x;
    int x = row < rows ? static_cast<int>(s.row_begin[row + 1]) : 0;
    x = sum_up_to(x, lane);
    if (lane == 31) of_warp[warp] = x;
    __syncthreads();
    if (warp == 0) of_warp[lane] = sum_up_to(of_warp[lane], lane);
    __syncthreads();
    if (warp > 0) x += of_warp[warp - 1];
    if (row < rows) s.row_begin[row + 1] = before + x;
    before += of_warp[kScanThreads / 32 - 1];
    __syncthreads();
  }
}

__global__ void write_runs(const __grid_constant__ Selecting s) {
  const std::int64_t row = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (row >= std::int64_t{s.shape.heads} * s.groups) return;
  TileRun* to = s.runs + s.row_begin[row];
  for_each_run(choice_of(s, row), s.shape.tokens, [&](const TileRun& run) { *to++ = run; });
}

}  // namespace

void launch_choice(const Selecting& of,
                   const Slab& slab,
                   const ScoreRows& scores,
                   cudaStream_t stream) {
  const unsigned bytes = static_cast<unsigned>(2 * of.words) * sizeof(std::uint32_t);
  choose_blocks<<<slab.tiles * kScoreTile, kThreads, bytes, stream>>>(of, slab.first_tile, scores);
  check(cudaGetLastError(), "launch of the choice of blocks");
}

void launch_selected_rows(const Selecting& of, cudaStream_t stream) {
  const std::int64_t rows = std::int64_t{of.shape.heads} * of.groups;
  const auto blocks = static_cast<unsigned>((rows + kThreads - 1) / kThreads);
  count_runs<<<blocks, kThreads, 0, stream>>>(of);
  sum_rows<<<1, kScanThreads, 0, stream>>>(of);
  write_runs<<<blocks, kThreads, 0, stream>>>(of);
  check(cudaGetLastError(), "launch of the rows of chosen blocks");
}

}  // namespace heddle::attention::cuda
