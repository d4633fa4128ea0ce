// Dense products and convolutions as one implicit product on the tensor cores: f32 rows are copied
// into shared memory from where the taps lie, several stages ahead, and rounded to fp16 on their
// way into registers, where they meet fp16 weights with f32 sums (mma.sync m16n8k16, so from Ampere
// on); bias, residual and activation join before the store. A sum runs over taps and channels in
// one fixed order, so a row's bits depend neither on its neighbours nor on the tile.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/operations.h"
#include "attention/backend/cuda/module/product_rows.cuh"

#include <cuda_fp16.h>

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr int kDepth = kChannelPad;  // of a stage
constexpr int kPitch =
    kDepth + 8;  // of a row in shared memory, f32 or fp16: no two lanes share a bank
constexpr int kWarpRows = 32;
constexpr int kWarps = 4;
constexpr int kThreads = 32 * kWarps;

__device__ inline unsigned shared_address(const void* at) {
  return static_cast<unsigned>(__cvta_generic_to_shared(at));
}

__device__ inline void load_matrices(unsigned (&to)[4], const __half* at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(at)));
}

__device__ inline void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// Into shared memory, beside other work; zeros where `valid` is false.
__device__ inline void copy_async(void* to, const void* from, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
               "l"(from),
               "r"(valid ? 16 : 0));
}
__device__ inline void copy_one_async(float* to, const float* from, bool valid) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(to)),
               "l"(from),
               "r"(valid ? 4 : 0));
}

/// Two floats as fp16; too large becomes the largest.
__device__ inline unsigned rounded(float2 x) {
  unsigned made;
  asm("cvt.rn.satfinite.f16x2.f32 %0, %1, %2;" : "=r"(made) : "f"(x.y), "f"(x.x));
  return made;
}

/// How four warps share a tile: kDown of 32 rows below one another, the others side by side with
/// kAcross columns each; kStages of it are in shared memory.
template <int kDown, int kAcross, int kStages>
struct Shape {
  static constexpr int kRows = kDown * kWarpRows;
  static constexpr int kWarpColumns = kAcross;
  static constexpr int kColumns = kWarps / kDown * kAcross;
  static constexpr int kStagesKept = kStages;
  static constexpr int kLoads = kRows * kDepth / 4 / kThreads;  // of four floats, a thread
  static constexpr int kWeightLoads = (kColumns * kDepth / 8 + kThreads - 1) / kThreads;

  struct Stage {
    float a[kRows * kPitch];
    __half b[kColumns * kPitch];
  };
  static constexpr int kBytes = kStages * sizeof(Stage);
  static constexpr int kTilePitch = kColumns + 8;  // of the finished tile
  static_assert(kRows * kTilePitch * sizeof(float) <= kBytes);
};

template <class Shape, bool kImage>
class Tile {
 public:
  using Stage = typename Shape::Stage;

  __device__ Tile(const ProductCall& p, Stage* stages, std::int64_t rows)
      : p_(p),
        stages_(stages),
        rows_(rows),
        row0_(std::int64_t{blockIdx.x} * Shape::kRows),
        column0_(static_cast<int>(blockIdx.y) * Shape::kColumns),
        blocks_((p.channels + kDepth - 1) / kDepth),
        wide_(p.channels % 4 == 0 && p.in_stride % 4 == 0 &&
              reinterpret_cast<std::uintptr_t>(p.in) % 16 == 0) {
#pragma unroll
    for (int i = 0; i < Shape::kLoads; ++i) {
      // Rows beyond the last read the last: what they sum is not stored.
      origin_[i] = origin_of<kImage>(p, min(row0_ + loaded_row(i), rows - 1));
    }
    const std::int64_t depth = std::int64_t{p.taps_y} * p.taps_x * blocks_ * kDepth;
#pragma unroll
    for (int i = 0; i < Shape::kWeightLoads; ++i) {
      // So do columns.
      const int column = min(column0_ + loaded_column(i), p.outputs - 1);
      weights_[i] = static_cast<const __half*>(p.weight) + column * depth + threadIdx.x % 4 * 8;
    }
    turn_to_tap();
  }

  __device__ void run() {
    constexpr int kAhead = Shape::kStagesKept - 1;
    const int stages = p_.taps_y * p_.taps_x * blocks_;
    for (int s = 0; s < kAhead; ++s) begin(s, s < stages);
    int now = 0;
    int next = kAhead;
    for (int s = 0; s < stages; ++s) {
      asm volatile("cp.async.wait_group %0;" ::"n"(kAhead - 1));
      __syncthreads();
      begin(next, s + kAhead < stages);
      multiply_stage(stages_[now]);
      now = now + 1 == Shape::kStagesKept ? 0 : now + 1;
      next = next + 1 == Shape::kStagesKept ? 0 : next + 1;
    }
    store();
  }

 private:
  __device__ int loaded_row(int i) const { return threadIdx.x / 8 + i * (kThreads / 8); }
  __device__ int loaded_column(int i) const { return threadIdx.x / 4 + i * (kThreads / 4); }

  __device__ void turn_to_tap() {
#pragma unroll
    for (int i = 0; i < Shape::kLoads; ++i) {
      row_[i] = tap_row<kImage>(p_, origin_[i], ty_, tx_);
    }
  }

  /// Copies of the next stage, where there is one, into place `at` under way.
  __device__ void begin(int at, bool any) {
    if (any) {
      begin_rows(stages_[at]);
      begin_weights(stages_[at]);
      if (++block_ == blocks_) {
        block_ = 0;
        if (++tx_ == p_.taps_x) {
          tx_ = 0;
          ++ty_;
        }
        turn_to_tap();
      }
    }
    asm volatile("cp.async.commit_group;");
  }

  __device__ void begin_rows(Stage& stage) {
    const int part = static_cast<int>(threadIdx.x) % 8 * 4;
    const int channel = block_ * kDepth + part;
#pragma unroll
    for (int i = 0; i < Shape::kLoads; ++i) {
      float* to = &stage.a[loaded_row(i) * kPitch + part];
      if (wide_) {
        const bool valid = row_[i] && channel < p_.channels;
        copy_async(to, valid ? row_[i] + channel : p_.in, valid);
        continue;
      }
      for (int c = 0; c < 4; ++c) {
        const bool valid = row_[i] && channel + c < p_.channels;
        copy_one_async(to + c, valid ? row_[i] + channel + c : p_.in, valid);
      }
    }
  }

  __device__ void begin_weights(Stage& stage) {
#pragma unroll
    for (int i = 0; i < Shape::kWeightLoads; ++i) {
      if (loaded_column(i) < Shape::kColumns) {
        copy_async(&stage.b[loaded_column(i) * kPitch + threadIdx.x % 4 * 8], weights_[i], true);
      }
      weights_[i] += kDepth;
    }
  }

  __device__ int warp_row() const {
    return static_cast<int>(threadIdx.x) / 32 % (Shape::kRows / kWarpRows) * kWarpRows;
  }
  __device__ int warp_column() const {
    return static_cast<int>(threadIdx.x) / 32 / (Shape::kRows / kWarpRows) * Shape::kWarpColumns;
  }

  __device__ void multiply_stage(const Stage& stage) {
    const int lane = threadIdx.x % 32;
    const float* a0 = &stage.a[(warp_row() + lane / 4) * kPitch + lane % 4 * 2];
    const __half* b0 =
        &stage.b[(warp_column() + lane % 8 + lane / 16 * 8) * kPitch + lane / 8 % 2 * 8];
#pragma unroll
    for (int k = 0; k < kDepth; k += 16) {
      unsigned a[2][4];
#pragma unroll
      for (int m = 0; m < 2; ++m) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const float* at = a0 + (m * 16 + i % 2 * 8) * kPitch + k + i / 2 * 8;
          a[m][i] = rounded(*reinterpret_cast<const float2*>(at));
        }
      }
#pragma unroll
      for (int n = 0; n < Shape::kWarpColumns / 16; ++n) {
        unsigned b[4];
        load_matrices(b, b0 + n * 16 * kPitch + k);
#pragma unroll
        for (int m = 0; m < 2; ++m) {
          multiply(sums_[m][2 * n], a[m], b[0], b[1]);
          multiply(sums_[m][2 * n + 1], a[m], b[2], b[3]);
        }
      }
    }
  }

  /// Through shared memory, so that rows are written four columns at a time by a short loop: code
  /// unrolled over a thread's sums is so long that fetching it takes longer than the product.
  __device__ void store() {
    auto* tile = reinterpret_cast<float*>(stages_);  // (kRows, kTilePitch)
    __syncthreads();
    const int lane = threadIdx.x % 32;
    float* to = tile + (warp_row() + lane / 4) * Shape::kTilePitch + warp_column() + lane % 4 * 2;
#pragma unroll
    for (int n = 0; n < Shape::kWarpColumns / 8; ++n) {
#pragma unroll
      for (int m = 0; m < 4; ++m) {
        const float* sum = &sums_[m / 2][n][m % 2 * 2];
        *reinterpret_cast<float2*>(to + m * 8 * Shape::kTilePitch + n * 8) = {sum[0], sum[1]};
      }
    }
    __syncthreads();
    const bool wide = p_.outputs % 4 == 0 && p_.out_stride % 4 == 0 &&
                      reinterpret_cast<std::uintptr_t>(p_.out) % 16 == 0;
    if (wide) {
      store_rows<4>(tile);
    } else {
      store_rows<1>(tile);
    }
  }

  /// kTogether elements at a time; several reads under way before the first write.
  template <int kTogether>
  __device__ void store_rows(const float* tile) const {
    constexpr int kReads = 4;
    constexpr int kParts = Shape::kColumns / kTogether;
    struct alignas(kTogether * sizeof(float)) Part {
      float x[kTogether];
    };
    for (int i = threadIdx.x; i < Shape::kRows * kParts; i += kThreads * kReads) {
      Part there[kReads] = {};
      float* to[kReads];
#pragma unroll
      for (int r = 0; r < kReads; ++r) {
        const int part = i + r * kThreads;
        const std::int64_t row = row0_ + part / kParts;
        const int column = column0_ + part % kParts * kTogether;
        const bool inside = part < Shape::kRows * kParts && row < rows_ && column < p_.outputs;
        to[r] = inside ? p_.out + row * p_.out_stride + column : nullptr;
        if (inside && p_.accumulate) there[r] = *reinterpret_cast<const Part*>(to[r]);
      }
#pragma unroll
      for (int r = 0; r < kReads; ++r) {
        if (!to[r]) continue;
        const int part = i + r * kThreads;
        const int column = part % kParts * kTogether;
        const Part sum =
            *reinterpret_cast<const Part*>(tile + part / kParts * Shape::kTilePitch + column);
        Part made;
#pragma unroll
        for (int c = 0; c < kTogether; ++c) {
          const float bias = p_.bias ? __ldg(p_.bias + column0_ + column + c) : 0;
          made.x[c] = activated(p_.epilogue, sum.x[c] + bias + there[r].x[c]);
        }
        *reinterpret_cast<Part*>(to[r]) = made;
      }
    }
  }

  const ProductCall& p_;
  Stage* stages_;
  std::int64_t rows_;
  std::int64_t row0_;
  int column0_;
  int blocks_;  // of kDepth channels
  bool wide_;
  int block_ = 0;  // of the stage that begins next, and its tap
  int tx_ = 0;
  int ty_ = 0;
  Origin origin_[Shape::kLoads];
  const float* row_[Shape::kLoads];  // of the tap, null outside
  const __half* weights_[Shape::kWeightLoads];
  float sums_[2][Shape::kWarpColumns / 8][4] = {};
};

template <class Shape, bool kImage>
__global__ __launch_bounds__(kThreads) void product(const __grid_constant__ ProductCall p,
                                                    std::int64_t rows) {
  extern __shared__ __align__(16) unsigned char shared[];
  Tile<Shape, kImage>(p, reinterpret_cast<typename Shape::Stage*>(shared), rows).run();
}

template <class Shape, bool kImage>
void launch(const ProductCall& p, std::int64_t rows, cudaStream_t stream) {
  static const cudaError_t allowed = cudaFuncSetAttribute(
      product<Shape, kImage>, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::kBytes);
  check(allowed, "shared memory of a product");
  const dim3 grid(static_cast<unsigned>((rows + Shape::kRows - 1) / Shape::kRows),
                  static_cast<unsigned>((p.outputs + Shape::kColumns - 1) / Shape::kColumns));
  product<Shape, kImage><<<grid, kThreads, Shape::kBytes, stream>>>(p, rows);
}

/// Tall tiles reread fewer weights; low ones fill the device where there are few.
constexpr std::int64_t kFewTiles = 128;

template <int kColumns, bool kImage>
void launch_tiles(const ProductCall& p, std::int64_t rows, cudaStream_t stream) {
  const std::int64_t tiles = (rows + 127) / 128 * ((p.outputs + kColumns - 1) / kColumns);
  if (tiles < kFewTiles) return launch<Shape<2, kColumns / 2, 4>, kImage>(p, rows, stream);
  launch<Shape<4, kColumns, 3>, kImage>(p, rows, stream);
}

/// Wider than this, tiles of 64 x 128 read the f32 rows half as often.
constexpr int kWide = 256;

template <bool kImage>
void launch_columns(const ProductCall& p, std::int64_t rows, cudaStream_t stream) {
  if (p.outputs > kWide) return launch<Shape<2, 64, 3>, kImage>(p, rows, stream);
  if (p.outputs <= 32) return launch_tiles<32, kImage>(p, rows, stream);
  if (p.outputs % 96 == 0 && p.outputs % 64 != 0) return launch_tiles<96, kImage>(p, rows, stream);
  launch_tiles<64, kImage>(p, rows, stream);
}

}  // namespace

void launch_product(const ProductCall& call, cudaStream_t stream) {
  const std::int64_t rows = output_rows(call);
  if (rows == 0) return;
  if (call.element == Element::kF32) return launch_product_f32(call, stream);
  if (call.element != Element::kF16) throw std::runtime_error("cuda: a product of another type");
  if (call.height == 1 && call.taps_y == 1) {
    launch_columns<false>(call, rows, stream);
  } else {
    launch_columns<true>(call, rows, stream);
  }
  check(cudaGetLastError(), "launch of a product");
}

}  // namespace heddle::attention::cuda
