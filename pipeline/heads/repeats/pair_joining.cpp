#include "pipeline/heads/repeats/pair_joining.h"

#include <cstdlib>
#include <optional>
#include <tuple>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kMostGap = 500;
constexpr std::int64_t kMostOverlap = 50;  // of the parts: alignments reach into each other
constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

struct Gap {
  std::int64_t later, early;  // bases between two parts on either copy, negative: shared

  std::int64_t widest() const { return std::max(later, early); }
  std::int64_t cost() const { return widest() + std::abs(later - early); }
};

Gap gap_between(const RepeatPair& a, const RepeatPair& b) {
  return {b.begin - a.end, a.inverted ? a.early_begin - b.early_end : b.early_begin - a.early_end};
}

bool may_follow(const RepeatPair& a, const RepeatPair& b) {
  if (a.inverted != b.inverted || a.self_overlap() > 0 || b.self_overlap() > 0) return false;
  const Gap gap = gap_between(a, b);
  return std::min(gap.later, gap.early) >= -kMostOverlap && gap.widest() <= kMostGap &&
         gap.widest() <= std::min(a.length(), b.length());
}

void extend(RepeatPair& whole, const RepeatPair& part) {
  const Gap gap = gap_between(whole, part);
  const std::int64_t shared = std::max<std::int64_t>(0, -std::min(gap.later, gap.early));
  const std::int64_t between = std::max<std::int64_t>(0, gap.widest());
  whole.matches += part.matches - std::min(shared, part.matches);
  whole.columns += part.columns - std::min(shared, part.matches) + between + shared;
  whole.score += part.score - 2 * (between + shared);
  whole.end = std::max(whole.end, part.end);
  whole.early_begin = std::min(whole.early_begin, part.early_begin);
  whole.early_end = std::max(whole.early_end, part.early_end);
}

bool nearly(const RepeatPair& part, const RepeatPair& whole) {
  return 5 * (part.end - part.begin) >= 4 * (whole.end - whole.begin) &&
         5 * (part.early_end - part.early_begin) >= 4 * (whole.early_end - whole.early_begin);
}

/// For every pair, in ascending order of begin, the one it follows best.
std::vector<std::size_t> best_before(const std::vector<RepeatPair>& pairs) {
  std::vector<std::size_t> before(pairs.size(), kNobody);
  std::vector<std::size_t> open;  // ends that something may still follow
  std::vector<bool> followed(pairs.size(), false);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::erase_if(open, [&](std::size_t one) {
      return followed[one] || pairs[one].end + kMostGap < pairs[i].begin;
    });
    for (const std::size_t one : open) {
      if (!may_follow(pairs[one], pairs[i])) continue;
      if (before[i] == kNobody || gap_between(pairs[one], pairs[i]).cost() <
                                      gap_between(pairs[before[i]], pairs[i]).cost()) {
        before[i] = one;
      }
    }
    if (before[i] != kNobody) followed[before[i]] = true;
    open.push_back(i);
  }
  return before;
}

}  // namespace

void join_pairs(std::vector<RepeatPair>& pairs, double min_identity) {
  std::ranges::sort(pairs, {}, [](const RepeatPair& pair) {
    return std::tuple(pair.begin, pair.end, pair.early_begin, pair.early_end, pair.inverted);
  });
  const std::vector<std::size_t> before = best_before(pairs);
  std::vector<std::size_t> last(pairs.size());  // of the chain that begins here
  std::vector<std::size_t> first(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    first[i] = before[i] == kNobody ? i : first[before[i]];
    last[first[i]] = i;
  }
  std::vector<std::optional<RepeatPair>> wholes(pairs.size());  // by first part
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (last[first[i]] == first[i]) continue;
    std::optional<RepeatPair>& whole = wholes[first[i]];
    if (!whole) {
      whole = pairs[i];
    } else {
      extend(*whole, pairs[i]);
    }
  }
  for (std::optional<RepeatPair>& whole : wholes) {
    if (whole && whole->identity() < min_identity) whole.reset();
  }
  std::vector<RepeatPair> result;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::optional<RepeatPair>& whole = wholes[first[i]];
    if (!whole || !nearly(pairs[i], *whole)) result.push_back(pairs[i]);
    if (whole && first[i] == i) result.push_back(*whole);
  }
  pairs = std::move(result);
}

}  // namespace heddle::pipeline
