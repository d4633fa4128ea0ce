#include "attention/train/flat.h"

#include "attention/tensor/dtype.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::attention::train {
namespace {

constexpr std::int64_t kPiece = 1 << 14;
constexpr std::int64_t kNormBlock = 1 << 14;

void require_equal(std::size_t a, std::size_t b) {
  if (a == b) return;
  throw std::invalid_argument("flat arrays of " + std::to_string(a) + " and " + std::to_string(b) +
                              " elements do not go together");
}

}  // namespace

void for_pieces(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
  tbb::parallel_for(tbb::blocked_range<std::int64_t>(0, count, kPiece),
                    [&](const auto& piece) { body(piece.begin(), piece.end()); });
}

double ordered_sum(std::int64_t count,
                   std::int64_t block,
                   const std::function<double(std::int64_t, std::int64_t)>& sum_of) {
  const std::int64_t blocks = (count + block - 1) / block;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  tbb::parallel_for(std::int64_t{0}, blocks, [&](std::int64_t i) {
    sums[static_cast<std::size_t>(i)] = sum_of(i * block, std::min(count, (i + 1) * block));
  });
  double sum = 0;
  for (const double one : sums) sum += one;
  return sum;
}

double norm_of(std::span<const float> values) {
  const auto squares = [values](std::int64_t begin, std::int64_t end) {
    double sum = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const double x = values[static_cast<std::size_t>(i)];
      sum += x * x;
    }
    return sum;
  };
  return std::sqrt(ordered_sum(static_cast<std::int64_t>(values.size()), kNormBlock, squares));
}

void move_average(std::span<const float> values, double keep, std::span<float> average) {
  require_equal(values.size(), average.size());
  const auto kept = static_cast<float>(keep);
  const auto taken = static_cast<float>(1 - keep);
  for_pieces(static_cast<std::int64_t>(values.size()), [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      // What does not change stays the same bits: k x + (1 - k) x need not be x.
      if (average[i] != values[i]) average[i] = kept * average[i] + taken * values[i];
    }
  });
}

void round_to_bfloat16(std::span<const float> values, std::span<float> rounded) {
  require_equal(values.size(), rounded.size());
  for_pieces(static_cast<std::int64_t>(values.size()), [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      rounded[i] = to_float(bfloat16_from(values[i]));
    }
  });
}

}  // namespace heddle::attention::train
