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

std::uint64_t packed(std::span<const float> scores, std::size_t i) {
  return std::uint64_t{rank_of(scores[i])} << 32 | i;
}

constexpr std::size_t kFewest = 64;  // of which an insertion moves a few cache lines

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
  const std::size_t kept = std::min(k, scores.size());
  ranked_.clear();
  if (kept <= kFewest) {
    keep_by_insertion(scores, kept);
  } else if (kept <= scores.size() / 2) {
    keep_by_threshold(scores, kept);
  } else {
    for (std::size_t i = 0; i < scores.size(); ++i) ranked_.push_back(packed(scores, i));
    if (kept < scores.size()) {
      std::nth_element(
          ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(kept), ranked_.end());
    }
  }
  chosen_.clear();
  for (std::size_t i = 0; i < kept; ++i) chosen_.push_back(static_cast<std::uint32_t>(ranked_[i]));
  std::ranges::sort(chosen_);
  return chosen_;
}

/// ranked_ holds the best so far, best first. A later score must be larger to get in, so most cost
/// one comparison; only what is not smaller (NaN on either side among it) is ranked.
void TopK::keep_by_insertion(std::span<const float> scores, std::size_t kept) {
  if (kept == 0) return;
  float worst = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool full = ranked_.size() == kept;
    if (full && scores[i] <= worst) continue;
    const std::uint64_t one = packed(scores, i);
    if (full && one > ranked_.back()) continue;
    if (!full) ranked_.push_back(one);
    std::size_t at = ranked_.size() - 1;
    for (; at > 0 && ranked_[at - 1] > one; --at) ranked_[at] = ranked_[at - 1];
    ranked_[at] = one;
    worst = scores[static_cast<std::uint32_t>(ranked_.back())];
  }
}

/// Up to 2 kept candidates, cut back to the best whenever they are that many: what is not below the
/// worst of those cannot get in, so most cost one comparison.
void TopK::keep_by_threshold(std::span<const float> scores, std::size_t kept) {
  const auto last = static_cast<std::ptrdiff_t>(kept) - 1;
  std::uint64_t worst = ~std::uint64_t{0};
  const auto cut = [&] {
    std::nth_element(ranked_.begin(), ranked_.begin() + last, ranked_.end());
    worst = ranked_[kept - 1];
    ranked_.resize(kept);
  };
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::uint64_t one = packed(scores, i);
    if (one >= worst) continue;
    ranked_.push_back(one);
    if (ranked_.size() == 2 * kept) cut();
  }
  cut();
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
