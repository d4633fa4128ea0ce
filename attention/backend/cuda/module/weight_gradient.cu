// Gradients of weights on the tensor cores: the output's gradient transposed by the input, summed
// over rows. Both are read as f32, one stage ahead in registers, and rounded to bf16 on their way
// into shared memory, from where ldmatrix turns them (mma.sync m16n8k16, f32 sums).

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/product_tile.cuh"
#include "attention/backend/cuda/module/weight_gradient.cuh"

namespace heddle::attention::cuda {
namespace {

constexpr int kStageRows = 32;

/// Four columns of four f32 each become bf16.
struct Quad {
  float x[4];
};

/// One operand's columns [first, first + kColumns), rows by rows.
template <int kColumns>
class Side {
 public:
  static constexpr int kRowPitch = kColumns + 8;  // bf16: no two rows of a matrix share a bank
  static constexpr int kElements = kStageRows * kRowPitch;
  static constexpr int kQuads = kStageRows * kColumns / 4 / kThreads;
  static_assert(kStageRows * kColumns / 4 % kThreads == 0);

  __device__ Side(const float* data, std::int64_t stride, int columns, int first)
      : data_(data),
        stride_(stride),
        columns_(columns),
        first_(first),
        wide_(columns % 4 == 0 && stride % 4 == 0 &&
              reinterpret_cast<std::uintptr_t>(data) % 16 == 0) {}

  /// Rows [row, row + kStageRows), zeros where `inside` says no of a row.
  template <class Inside>
  __device__ void read(std::int64_t row, const Inside& inside) {
#pragma unroll
    for (int i = 0; i < kQuads; ++i) {
      const std::int64_t at = row + line(i);
      const int column = first_ + place(i);
      quads_[i] = {};
      if (column >= columns_ || !inside(at)) continue;
      const float* from = data_ + at * stride_ + column;
      if (wide_) {
        const float4 four = __ldg(reinterpret_cast<const float4*>(from));
        quads_[i] = {four.x, four.y, four.z, four.w};
        continue;
      }
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        if (column + c < columns_) quads_[i].x[c] = __ldg(from + c);
      }
    }
  }

  __device__ void write(__nv_bfloat16* to) const {
#pragma unroll
    for (int i = 0; i < kQuads; ++i) {
      const uint2 pair = {rounded<__nv_bfloat16>({quads_[i].x[0], quads_[i].x[1]}),
                          rounded<__nv_bfloat16>({quads_[i].x[2], quads_[i].x[3]})};
      *reinterpret_cast<uint2*>(to + line(i) * kRowPitch + place(i)) = pair;
    }
  }

 private:
  static constexpr int kQuadsARow = kColumns / 4;
  __device__ static int line(int i) {
    return (static_cast<int>(threadIdx.x) + i * kThreads) / kQuadsARow;
  }
  __device__ static int place(int i) {
    return (static_cast<int>(threadIdx.x) + i * kThreads) % kQuadsARow * 4;
  }

  const float* data_;
  std::int64_t stride_;
  int columns_;
  int first_;
  bool wide_;
  Quad quads_[kQuads];
};

/// Four 8 x 8 matrices, each turned.
__device__ inline void load_turned(unsigned (&to)[4], const __nv_bfloat16* at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(at)));
}

/// Four warps, two by two, each kDown outputs by kAcross columns.
template <int kDown, int kAcross>
__global__ __launch_bounds__(kThreads) void weight_gradient(
    const __grid_constant__ WeightGradientCall p) {
  using Outputs = Side<2 * kDown>;
  using Inputs = Side<2 * kAcross>;
  __shared__ __align__(16) __nv_bfloat16 shared[2][Outputs::kElements + Inputs::kElements];
  const RowPart rows = row_part(p, static_cast<int>(blockIdx.z));
  const int output0 = static_cast<int>(blockIdx.x) * 2 * kDown;
  const int column0 = static_cast<int>(blockIdx.y) * 2 * kAcross;
  Outputs outputs(p.out_gradient, p.out_stride, p.outputs, output0);
  Inputs inputs(p.in, p.in_stride, in_columns(p), column0);
  const auto read = [&](std::int64_t row) {
    outputs.read(row, [&](std::int64_t r) { return r < rows.end; });
    inputs.read(row + rows.shift, [&](std::int64_t from) {
      const std::int64_t r = from - rows.shift;
      return r < rows.end && in_window(p, r, rows.shift);
    });
  };
  const auto write = [&](int stage) {
    outputs.write(shared[stage]);
    inputs.write(shared[stage] + Outputs::kElements);
  };
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int down = warp % 2 * kDown;
  const int across = warp / 2 * kAcross;
  // Lane l gives the address of row l % 8 of matrix l / 8: (k, m), (k, m + 8), (k + 8, m), ...
  const int a_at = (lane % 8 + lane / 16 * 8) * Outputs::kRowPitch + lane / 8 % 2 * 8 + down;
  const int b_at = (lane % 8 + lane / 8 % 2 * 8) * Inputs::kRowPitch + lane / 16 * 8 + across;
  float sums[kDown / 16][kAcross / 8][4] = {};

  read(rows.begin);
  write(0);
  __syncthreads();
  int now = 0;
  for (std::int64_t row = rows.begin; row < rows.end; row += kStageRows, now ^= 1) {
    const bool more = row + kStageRows < rows.end;
    if (more) read(row + kStageRows);
    const __nv_bfloat16* a_stage = shared[now] + a_at;
    const __nv_bfloat16* b_stage = shared[now] + Outputs::kElements + b_at;
#pragma unroll
    for (int k = 0; k < kStageRows; k += 16) {
      unsigned a[kDown / 16][4];
#pragma unroll
      for (int m = 0; m < kDown / 16; ++m) {
        load_turned(a[m], a_stage + k * Outputs::kRowPitch + 16 * m);
      }
#pragma unroll
      for (int n = 0; n < kAcross / 16; ++n) {
        unsigned b[4];
        load_turned(b, b_stage + k * Inputs::kRowPitch + 16 * n);
#pragma unroll
        for (int m = 0; m < kDown / 16; ++m) {
          multiply<__nv_bfloat16>(sums[m][2 * n], a[m], b[0], b[1]);
          multiply<__nv_bfloat16>(sums[m][2 * n + 1], a[m], b[2], b[3]);
        }
      }
    }
    if (more) write(now ^ 1);
    __syncthreads();
  }
#pragma unroll
  for (int m = 0; m < kDown / 16; ++m) {
#pragma unroll
    for (int n = 0; n < kAcross / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int o = output0 + down + 16 * m + lane / 4 + i / 2 * 8;
        const int c = column0 + across + 8 * n + lane % 4 * 2 + i % 2;
        if (o < p.outputs && c < in_columns(p)) store_sum(p, rows, o, c, sums[m][n][i]);
      }
    }
  }
}

template <int kDown, int kAcross>
void launch(const WeightGradientCall& p, cudaStream_t stream) {
  const auto tiles = [](int extent, int size) {
    return static_cast<unsigned>((extent + size - 1) / size);
  };
  const dim3 grid(tiles(p.outputs, 2 * kDown),
                  tiles(in_columns(p), 2 * kAcross),
                  static_cast<unsigned>((p.patch ? 1 : p.taps) * p.splits));
  weight_gradient<kDown, kAcross><<<grid, kThreads, 0, stream>>>(p);
}

/// Do tiles of 96 leave less unused than tiles of 64?
bool by_96(int extent) { return (extent + 95) / 96 * 96 < (extent + 63) / 64 * 64; }

}  // namespace

void launch_weight_gradient(const WeightGradientCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.outputs == 0 || call.channels == 0) return;
  if (call.element == Element::kF32) {
    launch_weight_gradient_f32(call, stream);
  } else if (by_96(call.outputs)) {
    by_96(in_columns(call)) ? launch<48, 48>(call, stream) : launch<48, 32>(call, stream);
  } else {
    by_96(in_columns(call)) ? launch<32, 48>(call, stream) : launch<32, 32>(call, stream);
  }
  check(cudaGetLastError(), "launch of a weight's gradient");
  if (call.splits > 1) launch_weight_gradient_merge(call, stream);
}

}  // namespace heddle::attention::cuda
