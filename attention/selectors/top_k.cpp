#include "attention/selectors/top_k.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

/// Unsigned order = descending order of scores, NaN last; -0 equals 0.
std::uint32_t rank_of(float score) {
  if (std::isnan(score)) return 0xffffffff;
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);
  const bool negative = (bits & 0x80000000u) != 0;
  return negative ? bits : ~(bits | 0x80000000u);
}

}  // namespace

TopK::TopK(std::size_t most_scores) {
  ranked_.reserve(most_scores);
  chosen_.reserve(most_scores);
}

std::span<const std::uint32_t> TopK::select(std::span<const float> scores, std::size_t k) {
  if (scores.size() > ranked_.capacity()) {
    throw std::invalid_argument("top-k: made for " + std::to_string(ranked_.capacity()) +
                                " scores, got " + std::to_string(scores.size()));
  }
  ranked_.clear();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    ranked_.push_back(std::uint64_t{rank_of(scores[i])} << 32 | i);
  }
  const std::size_t kept = std::min(k, scores.size());
  if (kept < scores.size()) {
    std::nth_element(
        ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(kept), ranked_.end());
  }
  chosen_.clear();
  for (std::size_t i = 0; i < kept; ++i) chosen_.push_back(static_cast<std::uint32_t>(ranked_[i]));
  std::ranges::sort(chosen_);
  return chosen_;
}

std::vector<std::uint32_t> top_k_by_sorting(std::span<const float> scores, std::size_t k) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    if (std::isnan(scores[a]) || std::isnan(scores[b])) {
      return !std::isnan(scores[a]) && std::isnan(scores[b]);
    }
    return scores[a] > scores[b];
  });
  order.resize(std::min(k, order.size()));
  std::ranges::sort(order);
  return order;
}

}  // namespace heddle::attention
