#include "attention/mechanisms/lsh_attention.h"
#include "attention/mechanisms/row_products.h"
#include "attention/mechanisms/token_loop.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kRows = 2048;  // of one product: what it gives stays in the cache

/// The first index of the largest of [x, -x].
std::int32_t bucket_of(const float* x, std::int64_t half) {
  constexpr std::int64_t kLanes = 8;  // maxima beside one another, for a compiler to see vectors
  std::array<float, kLanes> most{};
  std::int64_t i = 0;
  for (; i + kLanes <= half; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      const float size = std::fabs(x[i + lane]);
      float& best = most[static_cast<std::size_t>(lane)];
      best = size > best ? size : best;
    }
  }
  for (; i < half; ++i) most[0] = std::max(most[0], std::fabs(x[i]));
  const float largest = *std::ranges::max_element(most);
  const auto* const positive = std::find(x, x + half, largest);
  if (positive != x + half) return static_cast<std::int32_t>(positive - x);
  const auto* const negative = std::find(x, x + half, -largest);
  return static_cast<std::int32_t>(negative == x + half ? 0 : half + (negative - x));
}

/// (rounds * half, dim): one head's rotations as the weights of a product.
Tensor as_weights(const TensorView& rotations, std::int64_t head) {
  const std::int64_t dim = rotations.shape[2];
  const std::int64_t half = rotations.shape[3];
  Tensor made(DType::kF32, {rotations.shape[1] * half, dim});
  for (std::int64_t round = 0; round < rotations.shape[1]; ++round) {
    turn_over(rotations.at(0, head).at(0, round), made.view().slice(0, round * half, half));
  }
  return made;
}

}  // namespace

std::vector<std::int32_t> lsh_buckets(const Backend& backend,
                                      const LshSpec& spec,
                                      const TensorView& x,
                                      const TensorView& rotations) {
  const std::int64_t half = spec.buckets / 2;
  if (spec.buckets < 2 || spec.buckets % 2 != 0 || x.rank != 3 || rotations.rank != 4 ||
      rotations.shape[0] != x.shape[0] || rotations.shape[1] != spec.rounds ||
      rotations.shape[2] != x.shape[2] || rotations.shape[3] != half || !rotations.contiguous()) {
    throw std::invalid_argument("lsh: rotations are " + describe(rotations) + " for x " +
                                describe(x) +
                                "; expected (heads, rounds, dim, buckets / 2), buckets even");
  }
  const std::int64_t tokens = x.shape[1];
  std::vector<std::int32_t> buckets(static_cast<std::size_t>(x.shape[0] * spec.rounds * tokens));
  const Tensor rows(DType::kF32, {std::min(kRows, tokens), x.shape[2]});
  const Tensor turned(DType::kF32, {rows.view().shape[0], spec.rounds * half});
  for (std::int64_t head = 0; head < x.shape[0]; ++head) {
    const Tensor weights = as_weights(rotations, head);
    const auto turn = backend.linear({.weight = weights.view()});
    const Tensor scratch(DType::kU8,
                         {static_cast<std::int64_t>(turn->scratch_bytes(rows.view())) + 1});
    for (std::int64_t first = 0; first < tokens; first += kRows) {
      const std::int64_t count = std::min(kRows, tokens - first);
      const TensorView in = rows.view().slice(0, 0, count);
      copy(x.at(0, head).slice(0, first, count), in);
      turn->run(in, turned.view().slice(0, 0, count), scratch.view(), false);
      for_token_stretches(
          spec.rounds, count, [&](std::int64_t round, std::int64_t begin, std::int64_t end) {
            std::int32_t* to = buckets.data() + (head * spec.rounds + round) * tokens + first;
            for (std::int64_t row = begin; row < end; ++row) {
              to[row] =
                  bucket_of(turned.view().as<float>() + (row * spec.rounds + round) * half, half);
            }
          });
    }
  }
  return buckets;
}

}  // namespace heddle::attention
