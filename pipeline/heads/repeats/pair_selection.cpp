#include "pipeline/heads/repeats/pair_selection.h"

#include "pipeline/heads/repeats/pair_joining.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::size_t kMostPairs = std::size_t{1} << 22;
constexpr int kLocusBits = 6;
constexpr int kLeastPairs = 8;  // that a locus is told in, full partners or not

bool better(const RepeatPair& a, const RepeatPair& b) {
  return std::tuple(-a.score, a.begin, a.early_begin, a.inverted) <
         std::tuple(-b.score, b.begin, b.early_begin, b.inverted);
}

bool before(const RepeatPair& a, const RepeatPair& b) {
  return std::tuple(a.begin, a.end, a.early_begin, a.early_end, a.inverted) <
         std::tuple(b.begin, b.end, b.early_begin, b.early_end, b.inverted);
}

}  // namespace

int PairSelection::depth(std::int64_t begin, std::int64_t end) const {
  const auto last = static_cast<std::size_t>((end - 1) >> kLocusBits);
  if (last >= depth_.size()) return 0;
  int least = std::numeric_limits<int>::max();
  for (auto locus = static_cast<std::size_t>(begin >> kLocusBits); locus <= last; ++locus) {
    least = std::min<int>(least, depth_[locus]);
  }
  return least;
}

void PairSelection::claim(std::int64_t begin, std::int64_t end) {
  const auto last = static_cast<std::size_t>((end - 1) >> kLocusBits);
  if (last >= depth_.size()) depth_.resize(last + 1, 0);
  for (auto locus = static_cast<std::size_t>(begin >> kLocusBits); locus <= last; ++locus) {
    if (depth_[locus] < std::numeric_limits<std::uint16_t>::max()) ++depth_[locus];
  }
}

void PairSelection::add(const RepeatPair& pair) {
  claim(pair.begin, pair.end);
  kept_.push_back(pair);
  if (kept_.size() < kMostPairs) return;
  const auto middle = kept_.begin() + kMostPairs / 2;
  std::nth_element(kept_.begin(), middle, kept_.end(), better);
  kept_.erase(middle, kept_.end());
}

std::vector<RepeatPair> PairSelection::finish() {
  std::vector<RepeatPair> all = std::exchange(kept_, {});
  join_pairs(all, min_identity_);
  std::ranges::sort(all, better);
  depth_.clear();
  std::vector<bool> told(all.size());
  const auto tell = [&](auto has_room) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const RepeatPair& pair = all[i];
      if (told[i]) continue;
      const auto [fewer, more] =
          std::minmax({depth(pair.begin, pair.end), depth(pair.early_begin, pair.early_end)});
      if (!has_room(fewer, more)) continue;
      told[i] = true;
      claim(pair.begin, pair.end);
      claim(pair.early_begin, pair.early_end);
    }
  };
  tell([this](int, int more) { return more < per_locus_; });
  // The worst copies of a large family have found all their partners full.
  tell([this](int fewer, int) { return fewer < std::min(kLeastPairs, per_locus_); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (told[i]) all[kept++] = all[i];
  }
  all.resize(kept);
  std::ranges::sort(all, before);
  reset();
  return all;
}

void PairSelection::reset() {
  depth_.clear();
  kept_.clear();
}

}  // namespace heddle::pipeline
