#include "pipeline/metrics/repeats.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kBin = 512;  // the shortest

bool overlap(const io::Pair::End& a, const io::Pair::End& b, double share) {
  if (a.sequence != b.sequence) return false;
  const auto shared = static_cast<double>(std::min(a.end, b.end) - std::max(a.start, b.start));
  return shared > 0 && shared >= share * static_cast<double>(a.end - a.start) &&
         shared >= share * static_cast<double>(b.end - b.start);
}

bool same(const io::Pair& a, const io::Pair& b, double share) {
  if (a.strand != b.strand) return false;
  return (overlap(a.first, b.first, share) && overlap(a.second, b.second, share)) ||
         (overlap(a.first, b.second, share) && overlap(a.second, b.first, share));
}

bool ends_meet(const io::Pair& pair) {
  return pair.first.sequence == pair.second.sequence &&
         std::max(pair.first.start, pair.second.start) < std::min(pair.first.end, pair.second.end);
}

bool within(const io::Pair& pair, const RepeatLimits& limits) {
  if (!limits.arrays && ends_meet(pair)) return false;
  const std::int64_t length =
      std::min(pair.first.end - pair.first.start, pair.second.end - pair.second.start);
  return length >= limits.min_length && pair.identity() >= limits.min_identity;
}

/// Pairs by the bins that either end touches. The bins of an end are about as long as it is, so
/// that it touches three at most.
class Places {
 public:
  explicit Places(std::span<const io::Pair> pairs) : pairs_(pairs) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (const io::Pair::End* end : {&pairs[i].first, &pairs[i].second}) {
        const int level = level_of(*end);
        const std::int64_t bin = kBin << level;
        for (std::int64_t at = end->start / bin; at <= end->end / bin; ++at) {
          bins_[{end->sequence, level, at}].push_back(i);
        }
      }
    }
  }

  /// Whoever overlaps the first end by half or more, both ways, covers its middle and is at most
  /// twice and at least half as long.
  bool holds(const io::Pair& pair, double share) const {
    const std::int64_t middle = (pair.first.start + pair.first.end) / 2;
    const int own = level_of(pair.first);
    for (int level = std::max(own - 1, 0); level <= own + 1; ++level) {
      const auto found = bins_.find({pair.first.sequence, level, middle / (kBin << level)});
      if (found == bins_.end()) continue;
      const bool held = std::ranges::any_of(
          found->second, [&](std::size_t i) { return same(pair, pairs_[i], share); });
      if (held) return true;
    }
    return false;
  }

 private:
  /// The least for which a bin is as long as the end.
  static int level_of(const io::Pair::End& end) {
    return std::bit_width(static_cast<std::uint64_t>(end.end - end.start - 1) / kBin);
  }

  std::span<const io::Pair> pairs_;
  std::map<std::tuple<std::string, int, std::int64_t>, std::vector<std::size_t>> bins_;
};

}  // namespace

RepeatScore score_repeats(std::span<const io::Pair> truth,
                          std::span<const io::Pair> said,
                          const RepeatLimits& limits) {
  const Places true_places(truth), said_places(said);
  const double share = std::max(limits.overlap, 0.5);
  RepeatScore score;
  for (const io::Pair& pair : truth) {
    if (!within(pair, limits)) continue;
    ++score.truths;
    score.found += said_places.holds(pair, share) ? 1 : 0;
  }
  for (const io::Pair& pair : said) {
    if (!within(pair, limits)) continue;
    ++score.said;
    score.right += true_places.holds(pair, share) ? 1 : 0;
  }
  return score;
}

}  // namespace heddle::pipeline
