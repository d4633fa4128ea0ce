#include "pipeline/heads/repeats/extension.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace heddle::pipeline {
namespace {

// A point is how far it reaches, times 2^32, and kNoGaps less the bases of indels on its way: of
// two that reach as far the greater has fewer.
constexpr std::int64_t kBaseMore = std::int64_t{1} << 32;
constexpr std::int64_t kGap = 1, kNoGaps = std::int64_t{1} << 30;
constexpr std::int64_t kDead = -(std::int64_t{1} << 30) * kBaseMore + kNoGaps;

std::int32_t reach_of(std::int64_t point) { return static_cast<std::int32_t>(point >> 32); }
std::int32_t gaps_of(std::int64_t point) {
  return static_cast<std::int32_t>(kNoGaps - (point & (kBaseMore - 1)));
}
constexpr std::int64_t kLongest = 1 << 29;
constexpr std::size_t kMargin = 2;
// Twice the score of a + b bases with d differences is a + b - 7 d: a mismatch takes two of them,
// an indel base one.
constexpr std::int64_t kCost = 7;
constexpr std::int64_t kLeastDrop = 50;
constexpr std::int64_t kMostDrop = 140;
// Bases of both walks that a diagonal may be behind the furthest: while the way through an indel of
// k bases costs 6 k of the doubled score, chance on the others loses about 4.3 k.
constexpr std::int64_t kLag = 32;
constexpr std::int64_t kPiece = 128;  // bases read at first; then as many as there are

/// Bases that agree from here on; the stops behind what was read end it.
inline std::int32_t agreeing(const std::uint8_t* a, const std::uint8_t* b) {
  for (std::int32_t done = 0;; done += 8) {
    std::uint64_t x, y;
    std::memcpy(&x, a + done, sizeof x);
    std::memcpy(&y, b + done, sizeof y);
    if (x != y) return done + (__builtin_ctzll(x ^ y) >> 3);
  }
}

}  // namespace

void Extension::Front::resize(std::int32_t new_low, std::int32_t new_size) {
  low = new_low;
  size = new_size;
  first = kMargin;
  const auto places = static_cast<std::size_t>(size) + 2 * kMargin;
  if (points.size() < places) points.resize(2 * places);
  fence();
}

void Extension::Front::fence() {
  const std::size_t end = first + static_cast<std::size_t>(size);
  points[first - 2] = points[first - 1] = points[end] = points[end + 1] = kDead;
}

/// Leaves out at both ends diagonals that are dead or have taken fewer than `least` bases of both.
void Extension::Front::narrow(std::int64_t least) {
  const auto lags = [&](std::size_t place, std::int32_t diagonal) {
    return 2 * std::int64_t{reach_of(points[place])} - diagonal < least;
  };
  while (size > 0 && lags(first + static_cast<std::size_t>(size) - 1, low + size - 1)) --size;
  for (; size > 0 && lags(first, low); --size) {
    ++first;
    ++low;
  }
  fence();
}

void Extension::Strip::begin(const Walk& walk, std::int64_t most) {
  walk_ = &walk;
  most_ = most;
  read_ = 0;
  read_more();
}

/// Eight stops behind the last base: whole words may be compared there.
void Extension::Strip::read_more() {
  const std::int64_t until = std::min(most_, read_ + std::max(kPiece, read_));
  if (codes_.size() < static_cast<std::size_t>(until) + 16) {
    codes_.resize(2 * static_cast<std::size_t>(until) + 16);
  }
  for (; read_ < until; read_ += 8) {
    const std::uint64_t word = walk_->eight(read_);
    const std::uint64_t unknown = (word & 0x0404040404040404u) >> 2;
    const std::uint64_t marked = word | unknown * stop_;  // N agrees with nothing, not with N
    std::memcpy(&codes_[static_cast<std::size_t>(read_)], &marked, sizeof marked);
  }
  read_ = until;
  std::fill_n(codes_.begin() + until, 8, stop_);
}

Extension::Extension() : a_(0x10), b_(0x20) {}

/// Slides along agreement from base `a` of the first walk, reading on where what was read ends.
std::int32_t Extension::slide(std::int32_t a, std::int32_t diagonal) {
  std::int64_t at = a;
  while (true) {
    at += agreeing(a_.codes() + at, b_.codes() + at - diagonal);
    const bool more_a = at == a_.read() && a_.more();
    const bool more_b = at - diagonal == b_.read() && b_.more();
    if (!more_a && !more_b) break;
    if (more_a) a_.read_more();
    if (more_b) b_.read_more();
  }
  return static_cast<std::int32_t>(at);
}

void Extension::settle(std::int64_t score) {
  best_score_ = score;
  least_score_ = score - std::min(kMostDrop, kLeastDrop + (score + earned_) / 4);
}

/// One more difference on every diagonal: of a mismatch and two indels what reaches furthest. The
/// most bases of both walks that any has taken then.
std::int64_t Extension::advance(std::int32_t differences, const Limits& most, Extent& best) {
  next_.resize(front_.low - 1, front_.size + 2);
  work_ += next_.size;
  const Point* const from = front_.points.data() + front_.first - kMargin;
  Point* const to = next_.points.data() + kMargin;
  std::fill_n(to, next_.size, kDead);
  const std::int64_t begin = std::max<std::int64_t>(0, most.least_shift - next_.low);
  const std::int64_t end = std::min<std::int64_t>(next_.size, most.most_shift - next_.low + 1);
  if (begin >= end) {
    std::swap(front_, next_);
    return 0;
  }
  const std::uint8_t *a = a_.codes(), *b = b_.codes();
  std::int64_t furthest = 0;
  const std::int64_t cost = kCost * std::int64_t{differences};
  Point below = from[begin], here = from[begin + 1];
  for (std::int64_t n = begin; n < end; ++n) {
    const Point above = from[n + 2];
    // No branches: which of the three it is nothing foretells.
    Point point = std::max(std::max(here, below - kGap) + kBaseMore, above - kGap);
    below = here;
    here = above;
    const auto diagonal = static_cast<std::int32_t>(next_.low + n);
    std::int32_t reach = reach_of(point);
    if (reach < 0 || reach > most.a || reach - diagonal > most.b) continue;
    std::int32_t same = agreeing(a + reach, b + reach - diagonal);
    if (reach + same == a_.read() || reach + same - diagonal == b_.read()) {
      same = slide(reach + same, diagonal) - reach;
      a = a_.codes();
      b = b_.codes();
    }
    reach += same;
    const std::int64_t taken = 2 * std::int64_t{reach} - diagonal;
    const std::int64_t score = taken - cost;
    if (score < least_score_) continue;
    point += same * kBaseMore;
    to[n] = point;
    furthest = std::max(furthest, taken);
    limited_ = limited_ || reach == most.a || reach - diagonal == most.b;
    if (score <= best_score_) continue;
    settle(score);
    best = {reach, reach - diagonal, differences - gaps_of(point), gaps_of(point)};
  }
  std::swap(front_, next_);
  return furthest;
}

Extent Extension::extend(const Walk& a, const Walk& b, Limits most, std::int64_t earned) {
  earned_ = earned;
  most.a = std::min(most.a, kLongest);
  most.b = std::min(most.b, kLongest);
  a_.begin(a, most.a);
  b_.begin(b, most.b);
  Extent best;
  std::int64_t low = 0, high = 0;
  front_.resize(0, 1);
  best.a = best.b = slide(0, 0);
  front_.points[kMargin] = best.a * kBaseMore + kNoGaps;
  limited_ = best.a == most.a || best.b == most.b;
  settle(2 * best.a);
  for (std::int32_t differences = 1; front_.size > 0; ++differences) {
    const std::int64_t furthest = advance(differences, most, best);
    front_.narrow(std::max<std::int64_t>(0, furthest - kLag));
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
