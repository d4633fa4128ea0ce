// Operations on operands of heads: rotary embedding, and conversion between element types.

#include "attention/backend/cuda/module/element.cuh"
#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/operations.h"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;

constexpr int kHeadsATurn = 4;

/// A thread turns one pair of one row in a few heads: the angle, reduced in double, is theirs in
/// common.
__global__ __launch_bounds__(kThreads) void rotate(const __grid_constant__ RotateCall p) {
  const auto half = static_cast<int>(p.x.dim / 2);
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= p.windows * p.x.rows * half) return;
  const std::int64_t row = at / half;
  const auto i = static_cast<int>(at - row * half);
  const double angle = static_cast<double>(p.first_position + row % p.x.rows) *
                       exp2(-static_cast<double>(i) / static_cast<double>(half) * p.log2_theta);
  double sine = 0;
  double cosine = 0;
  sincos(angle, &sine, &cosine);
  const auto c = static_cast<float>(cosine);
  const auto s = static_cast<float>(p.inverse ? -sine : sine);
  const int first = static_cast<int>(blockIdx.y) * kHeadsATurn;
#pragma unroll
  for (int turn = 0; turn < kHeadsATurn; ++turn) {
    const int head = first + turn;
    if (head >= p.x.heads) return;
    float* x = static_cast<float*>(p.x.data) + head * p.x.head_stride + row * p.x.row_stride;
    const float a = x[i];
    const float b = x[i + half];
    x[i] = a * c - b * s;
    x[i + half] = a * s + b * c;
  }
}

__global__ __launch_bounds__(kThreads) void convert(const __grid_constant__ ConvertCall p) {
  const Operand& from = p.from[blockIdx.z];
  const Operand& to = p.to[blockIdx.z];
  const auto head = static_cast<int>(blockIdx.y);
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (head >= from.heads || at >= from.rows * from.dim) return;
  const std::int64_t row = at / from.dim;
  const std::int64_t i = at - row * from.dim;
  float x = load(from, head * from.head_stride + row * from.row_stride + i);
  if (to.element == Element::kF16) x = fminf(fmaxf(x, -65504.f), 65504.f);
  store(to, head * to.head_stride + row * to.row_stride + i, x);
}

/// Eight elements to a thread, where all rows allow it.
__global__ __launch_bounds__(kThreads) void convert_wide(const __grid_constant__ ConvertCall p) {
  const Operand& from = p.from[blockIdx.z];
  const Operand& to = p.to[blockIdx.z];
  const auto head = static_cast<int>(blockIdx.y);
  const auto parts = static_cast<unsigned>(from.dim / 8);
  const unsigned at = blockIdx.x * kThreads + threadIdx.x;
  if (head >= from.heads || at >= static_cast<unsigned>(from.rows) * parts) return;
  const unsigned row = at / parts;
  const unsigned i = (at - row * parts) * 8;
  float x[8];
  const std::int64_t begin = head * from.head_stride + row * from.row_stride + i;
  if (from.element == Element::kF32) {
    const auto* source =
        reinterpret_cast<const float4*>(static_cast<const float*>(from.data) + begin);
    *reinterpret_cast<float4*>(x) = source[0];
    *reinterpret_cast<float4*>(x + 4) = source[1];
  } else {
    const uint4 eight =
        *reinterpret_cast<const uint4*>(static_cast<const std::uint16_t*>(from.data) + begin);
    const Operand halves{.data = const_cast<uint4*>(&eight), .element = from.element};
#pragma unroll
    for (int n = 0; n < 8; ++n) x[n] = load(halves, n);
  }
  const std::int64_t end = head * to.head_stride + row * to.row_stride + i;
  if (to.element == Element::kF32) {
    auto* target = reinterpret_cast<float4*>(static_cast<float*>(to.data) + end);
    target[0] = *reinterpret_cast<const float4*>(x);
    target[1] = *reinterpret_cast<const float4*>(x + 4);
    return;
  }
  uint4 eight;
  const Operand halves{.data = &eight, .element = to.element};
#pragma unroll
  for (int n = 0; n < 8; ++n) {
    store(halves, n, to.element == Element::kF16 ? fminf(fmaxf(x[n], -65504.f), 65504.f) : x[n]);
  }
  *reinterpret_cast<uint4*>(static_cast<std::uint16_t*>(to.data) + end) = eight;
}

bool wide(const Operand& of) {
  return of.dim % 8 == 0 && of.row_stride % 8 == 0 && of.head_stride % 8 == 0 &&
         of.rows * (of.dim / 8) < (std::int64_t{1} << 31) &&
         reinterpret_cast<std::uintptr_t>(of.data) % 16 == 0;
}

}  // namespace

void launch_rotate(const RotateCall& call, cudaStream_t stream) {
  const std::int64_t pairs = call.windows * call.x.rows * (call.x.dim / 2);
  if (pairs == 0) return;
  const dim3 grid(static_cast<unsigned>((pairs + kThreads - 1) / kThreads),
                  static_cast<unsigned>((call.x.heads + kHeadsATurn - 1) / kHeadsATurn));
  rotate<<<grid, kThreads, 0, stream>>>(call);
  check(cudaGetLastError(), "launch of the rotary embedding");
}

void launch_convert(const ConvertCall& call, cudaStream_t stream) {
  std::int64_t elements = 0;
  std::int32_t heads = 0;
  for (int i = 0; i < call.count; ++i) {
    elements = std::max(elements, call.from[i].rows * call.from[i].dim);
    heads = std::max(heads, call.from[i].heads);
  }
  if (elements == 0 || heads == 0) return;
  bool by_eight = true;
  for (int i = 0; i < call.count; ++i)
    by_eight = by_eight && wide(call.from[i]) && wide(call.to[i]);
  const std::int64_t threads = by_eight ? elements / 8 : elements;
  const dim3 grid(static_cast<unsigned>((threads + kThreads - 1) / kThreads),
                  static_cast<unsigned>(heads),
                  static_cast<unsigned>(call.count));
  if (by_eight) {
    convert_wide<<<grid, kThreads, 0, stream>>>(call);
  } else {
    convert<<<grid, kThreads, 0, stream>>>(call);
  }
  check(cudaGetLastError(), "launch of a conversion");
}

}  // namespace heddle::attention::cuda
