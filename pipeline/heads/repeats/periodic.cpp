#include "pipeline/heads/repeats/periodic.h"

#include <algorithm>
#include <iterator>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kMatch = 2, kDifference = -7, kLenient = -4, kDrop = 50;
constexpr std::int64_t kDead = -(std::int64_t{1} << 40);
constexpr double kHopeful = 1.6;                                // copies; the anchor's own is one
enum From : std::uint8_t { kNowhere, kBoth, kBase, kPattern };  // what a step takes one of

std::uint8_t base_of(const Walk& walk, std::int64_t step) {
  return walk.bases[walk.forward ? walk.from + step : walk.from - step - 1];
}

}  // namespace

/// The place in the pattern of column c of the way forward; the way back reads it from its end.
std::int64_t PeriodicAlignment::place_of(std::int64_t column, bool forward) const {
  const auto period = static_cast<std::int64_t>(pattern_.size());
  const std::int64_t place = (forward ? column : -1 - column) % period;
  return place < 0 ? place + period : place;
}

/// The scores after one more base; the best cell. A cell's column is middle - kHalf + cell, and the
/// base stands at the column before: a cell says how many columns are taken.
int PeriodicAlignment::fill(Row& row, std::uint8_t base, int moved, bool forward) {
  int best = 0;
  const auto period = static_cast<std::int64_t>(pattern_.size());
  std::int64_t place = place_of(row.middle - kHalf - 1, forward);
  for (int cell = 0; cell < kBand; ++cell) {
    const int both = cell + moved, alone = cell + moved + 1;
    const bool equal = base == pattern_[static_cast<std::size_t>(place)];
    if (forward) {
      place = place + 1 < period ? place + 1 : 0;
    } else {
      place = place > 0 ? place - 1 : period - 1;
    }
    std::int64_t score = kDead;
    From from = kNowhere;
    if (both >= 0 && both < kBand && scores_[both] > kDead) {
      score = scores_[both] + (equal ? kMatch : difference_);
      from = kBoth;
    }
    if (alone >= 0 && alone < kBand && scores_[alone] + difference_ > score) {
      score = scores_[alone] + difference_;
      from = kBase;
    }
    if (cell > 0 && next_[cell - 1] + difference_ > score) {
      score = next_[cell - 1] + difference_;
      from = kPattern;
    }
    next_[cell] = score;
    row.from[cell] = from;
    if (score > next_[best]) best = cell;
  }
  std::copy(std::begin(next_), std::end(next_), std::begin(scores_));
  return best;
}

PeriodicAlignment::Best PeriodicAlignment::grow(const Walk& walk, std::int64_t most, bool forward) {
  rows_.clear();
  std::fill(std::begin(scores_), std::end(scores_), kDead);
  scores_[kHalf] = 0;
  Best best;
  std::int64_t middle = 0;
  int last = kHalf;
  for (std::int64_t step = 0; step < most; ++step) {
    const int drift = last > kHalf ? 1 : (last < kHalf ? -1 : 0);
    middle += 1 + drift;
    rows_.push_back({.middle = middle, .from = {}});
    last = fill(rows_.back(), base_of(walk, step), drift, forward);
    if (scores_[last] >= best.score) best = {scores_[last], step + 1, last};
    if (scores_[last] < best.score - kDrop) return best;
  }
  return best;
}

/// Follows the best way back, counts and votes.
void PeriodicAlignment::trace(const Walk& walk,
                              const Best& best,
                              bool forward,
                              TandemArray& array) {
  std::int64_t taken = best.row;
  int cell = best.cell;
  while (taken > 0) {
    const Row& row = rows_[static_cast<std::size_t>(taken - 1)];
    const auto from = static_cast<From>(row.from[cell]);
    if (from == kNowhere) break;
    ++array.columns;
    if (from == kPattern) {
      --cell;
      continue;
    }
    const std::int64_t middle_before =
        taken > 1 ? rows_[static_cast<std::size_t>(taken - 2)].middle : 0;
    const int moved = static_cast<int>(row.middle - middle_before - 1);
    const std::int64_t column = row.middle - kHalf + cell - 1;
    const std::uint8_t base = base_of(walk, taken - 1);
    if (from == kBoth && base < 4) {
      const auto place = static_cast<std::size_t>(place_of(column, forward));
      array.matches += base == pattern_[place] ? 1 : 0;
      ++votes_[4 * place + base];
    }
    cell += from == kBoth ? moved : moved + 1;
    --taken;
  }
}

void PeriodicAlignment::settle_consensus() {
  for (std::size_t place = 0; place < pattern_.size(); ++place) {
    for (std::uint8_t base = 0; base < 4; ++base) {
      if (votes_[4 * place + base] > votes_[4 * place + pattern_[place]]) pattern_[place] = base;
    }
  }
}

/// Aligns to the pattern as it is and counts what stands at its places.
TandemArray PeriodicAlignment::fit(const BaseRing& bases, std::int64_t anchor) {
  const Walk ahead{bases, anchor, true, false}, back{bases, anchor, false, false};
  TandemArray array{.period = static_cast<int>(pattern_.size())};
  votes_.assign(4 * pattern_.size(), 0);
  const std::int64_t room = bases.end() - anchor;
  const Best right = grow(ahead, std::min(room, kLongest), true);
  array.limited = static_cast<std::int64_t>(rows_.size()) == room;
  trace(ahead, right, true, array);
  const Best left = grow(back, std::min(anchor - bases.begin(), kLongest), false);
  trace(back, left, false, array);
  array.begin = anchor - left.row;
  array.end = anchor + right.row;
  array.score = left.score + right.score;
  array.consensus = pattern_;
  return array;
}

TandemArray PeriodicAlignment::align(const BaseRing& bases, std::int64_t anchor, int period) {
  pattern_.clear();
  for (int i = 0; i < period; ++i) {
    pattern_.push_back(std::min<std::uint8_t>(bases[anchor + i], 3));
  }
  difference_ = kDifference;
  TandemArray first = fit(bases, anchor);
  // One copy is further from the others than their consensus is.
  difference_ = kLenient;
  const TandemArray draft = fit(bases, anchor);
  if (draft.copies() < kHopeful) return first;
  settle_consensus();
  if (pattern_ == first.consensus) return first;
  difference_ = kDifference;
  TandemArray second = fit(bases, anchor);
  return second.score >= first.score ? second : first;
}

}  // namespace heddle::pipeline
