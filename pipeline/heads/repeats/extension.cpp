#include "pipeline/heads/repeats/extension.h"

#include <algorithm>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int32_t kDead = -(1 << 30);
constexpr std::int64_t kLongest = 1 << 29;
constexpr std::size_t kMargin = 2;
// Twice the score of a + b bases with d differences is a + b - 7 d: a mismatch takes two of them,
// an indel base one.
constexpr std::int64_t kCost = 7;
constexpr std::int64_t kLeastDrop = 50;
constexpr std::int64_t kMostDrop = 140;

}  // namespace

void Extension::Front::resize(std::int32_t new_low, std::int32_t new_size) {
  low = new_low;
  size = new_size;
  const auto places = static_cast<std::size_t>(size) + 2 * kMargin;
  if (reaches.size() < places) {
    reaches.resize(2 * places);
    indels.resize(2 * places);
  }
  reaches[0] = reaches[1] = reaches[places - 2] = reaches[places - 1] = kDead;
}

/// Leaves out dead diagonals at both ends.
void Extension::Front::narrow() {
  auto first = static_cast<std::ptrdiff_t>(kMargin);
  auto last = first + size;
  while (last > first && reaches[static_cast<std::size_t>(last - 1)] < 0) --last;
  while (first < last && reaches[static_cast<std::size_t>(first)] < 0) ++first;
  const std::ptrdiff_t shift = first - static_cast<std::ptrdiff_t>(kMargin);
  if (shift > 0) {
    std::copy(reaches.begin() + first, reaches.begin() + last, reaches.begin() + kMargin);
    std::copy(indels.begin() + first, indels.begin() + last, indels.begin() + kMargin);
  }
  resize(low + static_cast<std::int32_t>(shift), static_cast<std::int32_t>(last - first));
}

std::int32_t Extension::slide(const Ways& ways,
                              std::int32_t a,
                              std::int32_t diagonal,
                              std::int32_t differences) {
  const std::int64_t b = a - diagonal;
  if (a < 0 || b < 0 || a > ways.most.a || b > ways.most.b) return kDead;
  if (diagonal < ways.most.least_shift || diagonal > ways.most.most_shift) return kDead;
  const std::int64_t room = std::min(ways.most.a - a, ways.most.b - b);
  const std::int64_t run = agreement(ways.a, a, ways.b, b, room);
  const std::int64_t score = a + b + 2 * run - kCost * std::int64_t{differences};
  const std::int64_t drop = std::min(kMostDrop, kLeastDrop + (best_score_ + earned_) / 2);
  if (score < best_score_ - drop) return kDead;
  better_ = score > best_score_;
  best_score_ = std::max(score, best_score_);
  limited_ = limited_ || run == room;
  return a + static_cast<std::int32_t>(run);
}

/// One more difference on every diagonal: of a mismatch and two indels what reaches furthest.
void Extension::advance(const Ways& ways, std::int32_t differences, Extent& best) {
  next_.resize(front_.low - 1, front_.size + 2);
  work_ += next_.size;
  const std::int32_t* const from = front_.reaches.data();
  const std::int32_t* const indels = front_.indels.data();
  for (std::int32_t n = 0; n < next_.size; ++n) {
    std::int32_t reach = from[n + 1] + 1, gaps = indels[n + 1];
    if (from[n] + 1 > reach) {
      reach = from[n] + 1;
      gaps = indels[n] + 1;
    }
    if (from[n + 2] > reach) {
      reach = from[n + 2];
      gaps = indels[n + 2] + 1;
    }
    const std::int32_t diagonal = next_.low + n;
    better_ = false;
    reach = slide(ways, reach, diagonal, differences);
    next_.reaches[static_cast<std::size_t>(n) + kMargin] = reach;
    next_.indels[static_cast<std::size_t>(n) + kMargin] = gaps;
    if (better_) best = {reach, reach - diagonal, differences - gaps, gaps};
  }
  std::swap(front_, next_);
}

Extent Extension::extend(const Walk& a, const Walk& b, Limits most, std::int64_t earned) {
  earned_ = earned;
  most.a = std::min(most.a, kLongest);
  most.b = std::min(most.b, kLongest);
  const Ways ways{a, b, most};
  Extent best;
  std::int64_t low = 0, high = 0;
  best_score_ = 0;
  limited_ = false;
  front_.resize(0, 1);
  front_.reaches[kMargin] = slide(ways, 0, 0, 0);
  front_.indels[kMargin] = 0;
  best.a = best.b = front_.reaches[kMargin];
  for (std::int32_t differences = 1; front_.size > 0; ++differences) {
    advance(ways, differences, best);
    front_.narrow();
    if (front_.size == 0) break;
    low = std::min<std::int64_t>(low, front_.low);
    high = std::max<std::int64_t>(high, front_.low + front_.size - 1);
  }
  best.low_shift = low;
  best.high_shift = high;
  best.limited = limited_;
  return best;
}

}  // namespace heddle::pipeline
