// Gradients of weights on the tensor cores: the output's gradient transposed by the input, summed
// over rows, both rows of bf16 that lie across what is summed.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/tensor_tile.cuh"
#include "attention/backend/cuda/module/weight_gradient.cuh"

namespace heddle::attention::cuda {
namespace {

/// Columns [first, first + kColumns) of an operand, kTensorDepth rows a stage.
template <int kColumns>
class Side {
 public:
  static constexpr int kPitch = across_pitch(kColumns);
  static constexpr int kElements = kTensorDepth * kPitch;

  __device__ Side(const void* data, std::int64_t pitch, int first)
      : data_(static_cast<const __nv_bfloat16*>(data)), pitch_(pitch), first_(first) {}

  /// Rows [row, row + kTensorDepth), zeros where `inside` says no of a row.
  template <class Inside>
  __device__ void begin(__nv_bfloat16* to, std::int64_t row, const Inside& inside) const {
    constexpr int kParts = kColumns / 8;
#pragma unroll
    for (int i = 0; i < (kTensorDepth * kParts + kTensorThreads - 1) / kTensorThreads; ++i) {
      const int part = static_cast<int>(threadIdx.x) + i * kTensorThreads;
      if (kTensorDepth * kParts % kTensorThreads != 0 && part >= kTensorDepth * kParts) continue;
      const int line = part / kParts;
      const int column = part % kParts * 8;
      const bool valid = first_ + column < pitch_ && inside(row + line);
      const __nv_bfloat16* from = data_ + (row + line) * pitch_ + first_ + column;
      copy_ahead(to + line * kPitch + column, valid ? from : data_, valid);
    }
  }

 private:
  const __nv_bfloat16* data_;
  std::int64_t pitch_;
  int first_;
};

/// Eight warps, two below one another, four side by side: kDown outputs by kAcross columns each.
template <int kDown, int kAcross>
__global__ __launch_bounds__(kTensorThreads,
                             2) void weight_gradient(const __grid_constant__ WeightGradientCall p) {
  using Outputs = Side<2 * kDown>;
  using Inputs = Side<4 * kAcross>;
  constexpr int kStage = Outputs::kElements + Inputs::kElements;
  extern __shared__ __align__(16) unsigned char memory[];
  auto* stages = reinterpret_cast<__nv_bfloat16*>(memory);
  const RowPart rows = row_part(p, static_cast<int>(blockIdx.z));
  const int output0 = static_cast<int>(blockIdx.x) * 2 * kDown;
  const int column0 = static_cast<int>(blockIdx.y) * 4 * kAcross;
  const Outputs outputs(p.out_gradient, p.out_stride, output0);
  const Inputs inputs(p.in, p.in_stride, column0);
  const int count = static_cast<int>((rows.end - rows.begin + kTensorDepth - 1) / kTensorDepth);
  const auto begin = [&](int s) {
    if (s < count) {
      __nv_bfloat16* stage = stages + s % kTensorStages * kStage;
      const std::int64_t row = rows.begin + std::int64_t{s} * kTensorDepth;
      outputs.begin(stage, row, [&](std::int64_t r) { return r < rows.end; });
      inputs.begin(stage + Outputs::kElements, row + rows.shift, [&](std::int64_t from) {
        const std::int64_t r = from - rows.shift;
        return r < rows.end && in_window(p, r, rows.shift);
      });
    }
    close_stage();
  };
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int down = warp % 2 * kDown;
  const int across = warp / 2 * kAcross;
  // Lane l gives the address of row l % 8 of matrix l / 8.
  const int a_at = (lane % 8 + lane / 16 * 8) * Outputs::kPitch + lane / 8 % 2 * 8 + down;
  const int b_at =
      Outputs::kElements + (lane % 8 + lane / 8 % 2 * 8) * Inputs::kPitch + lane / 16 * 8 + across;
  float sums[kDown / 16][kAcross / 8][4] = {};

  for (int s = 0; s < kTensorStages - 1; ++s) begin(s);
  for (int s = 0; s < count; ++s) {
    await_stage();
    __syncthreads();
    begin(s + kTensorStages - 1);
    const __nv_bfloat16* stage = stages + s % kTensorStages * kStage;
    add_stage<true>(sums, stage + a_at, Outputs::kPitch, stage + b_at, Inputs::kPitch);
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
  constexpr int kBytes =
      kTensorStages * (Side<2 * kDown>::kElements + Side<4 * kAcross>::kElements) * 2;
  const auto kernel = weight_gradient<kDown, kAcross>;
  static const cudaError_t allowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  check(allowed, "shared memory of a weight's gradient");
  const auto tiles = [](int extent, int size) {
    return static_cast<unsigned>((extent + size - 1) / size);
  };
  const dim3 grid(tiles(p.outputs, 2 * kDown),
                  tiles(in_columns(p), 4 * kAcross),
                  static_cast<unsigned>((p.patch ? 1 : p.taps) * p.splits));
  kernel<<<grid, kTensorThreads, kBytes, stream>>>(p);
}

/// Do tiles of 96 leave less unused than tiles of 128?
bool by_96(int extent) { return (extent + 95) / 96 * 96 < (extent + 127) / 128 * 128; }

}  // namespace

void launch_weight_gradient(const WeightGradientCall& call, cudaStream_t stream) {
  if (call.rows == 0 || call.outputs == 0 || call.channels == 0) return;
  if (call.element == Element::kF32) {
    launch_weight_gradient_f32(call, stream);
  } else if (by_96(call.outputs)) {
    by_96(in_columns(call)) ? launch<48, 24>(call, stream) : launch<48, 32>(call, stream);
  } else {
    by_96(in_columns(call)) ? launch<64, 24>(call, stream) : launch<64, 32>(call, stream);
  }
  check(cudaGetLastError(), "launch of a weight's gradient");
  if (call.splits > 1) launch_weight_gradient_merge(call, stream);
}

}  // namespace heddle::attention::cuda
