#pragma once
// What both weight gradient kernels share: which row of the input meets a row of the output's
// gradient, and where a sum goes.

#include "attention/backend/cuda/gradient_api.h"

namespace heddle::attention::cuda {

/// The part of the rows, and the tap, that a block sums over.
struct RowPart {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t shift;  // row r meets row r + shift of the input
  int tap;
  int part;
};

__device__ inline RowPart row_part(const WeightGradientCall& p, int block) {
  const int taps = p.patch ? 1 : p.taps;
  const int tap = block % taps;
  const int part = block / taps;
  const std::int64_t length = (p.rows + p.splits - 1) / p.splits;
  const std::int64_t begin = part * length;
  return {.begin = begin,
          .end = min(p.rows, begin + length),
          .shift = p.patch ? 0 : std::int64_t{tap - p.taps / 2} * p.dilation,
          .tap = tap,
          .part = part};
}

/// Does row `r` meet a row of its own sample?
__device__ inline bool in_window(const WeightGradientCall& p, std::int64_t r, std::int64_t shift) {
  if (shift == 0) return true;
  const auto window = static_cast<int>(p.window);
  const int at = static_cast<int>(static_cast<unsigned>(r) % static_cast<unsigned>(window)) +
                 static_cast<int>(shift);
  return at >= 0 && at < window;
}

/// How many columns the input's rows have.
__host__ __device__ inline int in_columns(const WeightGradientCall& p) {
  return p.patch ? p.channels * p.taps : p.channels;
}

/// The sum of output `o` and column `c` to the gradient, or to the part's own room.
__device__ inline void store_sum(
    const WeightGradientCall& p, const RowPart& rows, int o, int c, float sum) {
  int tap = rows.tap;
  if (p.patch) {
    tap = c / p.channels;
    c -= tap * p.channels;
  }
  const std::int64_t at = (std::int64_t{o} * p.channels + c) * p.taps + tap;
  if (p.splits == 1) {
    p.gradient[at] += sum;
  } else {
    p.partial[rows.part * (std::int64_t{p.outputs} * p.channels * p.taps) + at] = sum;
  }
}

}  // namespace heddle::attention::cuda
