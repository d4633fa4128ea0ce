#include "pipeline/heads/genes/ribosome_site.h"

#include <algorithm>
#include <array>

namespace heddle::pipeline {
namespace {

constexpr std::array<std::uint8_t, 9> kPartner = {3, 0, 0, 2, 2, 0, 2, 2, 3};  // TAAGGAGGT
constexpr int kLooked = 20;  // bases before the start codon

// The strength of the bases `before` a start, in reading direction; the last is next to the start.
int strength(const std::array<std::uint8_t, kLooked>& before) {
  int best = 0;
  // Along each diagonal, a run of pairs ending at base i and partner j is one longer than the last.
  std::array<int, kPartner.size() + 1> run{};
  for (int i = 0; i < kLooked; ++i) {
    for (std::size_t j = kPartner.size(); j > 0; --j) {
      run[j] = before[static_cast<std::size_t>(i)] == kPartner[j - 1] ? run[j - 1] + 1 : 0;
      if (run[j] < 3) continue;
      // Spacing is counted from where the partner's last G would stand (Chen et al., 1994).
      const int spacing =
          kLooked - 1 - i - (static_cast<int>(kPartner.size()) - 1 - static_cast<int>(j));
      const int off = std::max({0, 5 - spacing, spacing - 9});
      best = std::max(best, std::min(run[j], 8) - 2 - off);
    }
  }
  return best;
}

}  // namespace

int plus_site_strength(const GeneWindow& window, std::int64_t start) {
  std::array<std::uint8_t, kLooked> before{};
  for (int i = 0; i < kLooked; ++i) {
    const std::int64_t at = start - kLooked + i;
    before[static_cast<std::size_t>(i)] = at < window.begin() ? kUnknownBase : window.base(at);
  }
  return strength(before);
}

int minus_site_strength(const GeneWindow& window, std::int64_t start) {
  std::array<std::uint8_t, kLooked> before{};
  for (int i = 0; i < kLooked; ++i) {
    const std::int64_t at = start + kLooked - 1 - i;
    const std::uint8_t base = at < window.end() ? window.base(at) : kUnknownBase;
    before[static_cast<std::size_t>(i)] =
        base == kUnknownBase ? base : static_cast<std::uint8_t>(3 - base);
  }
  return strength(before);
}

}  // namespace heddle::pipeline
