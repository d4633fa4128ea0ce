#include "pipeline/heads/repeats/periodic.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kDifference = -7, kLenient = -4, kDrop = 75;
constexpr double kHopeful = 1.6;  // copies; the anchor's own is one
constexpr int kRounds = 4;        // of settling on a pattern
// Of hundredths of a period: an array longer than kHalfway is worth stretching to kWanted.
constexpr std::int64_t kHalfway = 120, kWanted = 190;
constexpr int kQuorum = 4;  // copies that may change its length

std::uint8_t base_at(const BaseRing& bases, bool forward, std::int64_t at, std::int64_t step) {
  return bases[forward ? at + step : at - step - 1];
}

int wrapped(std::int64_t place, std::int64_t period) {
  const std::int64_t rest = place % period;
  return static_cast<int>(rest < 0 ? rest + period : rest);
}

}  // namespace

PeriodicAlignment::PeriodicAlignment() : rows_(static_cast<std::size_t>(kPiece)) {}

void PeriodicAlignment::use(const std::vector<std::uint8_t>& pattern, int difference) {
  pattern_ = pattern;
  difference_ = difference;
  const std::size_t period = pattern_.size();
  ahead_.resize(period + kBandLanes);
  back_.resize(period + kBandLanes);
  for (std::size_t i = 0; i < ahead_.size(); ++i) {
    ahead_[i] = pattern_[i % period];
    back_[i] = pattern_[period - 1 - i % period];
  }
}

BandBest PeriodicAlignment::grow(const BaseRing& bases,
                                 const Leg& leg,
                                 std::int64_t least,
                                 std::int64_t most) {
  const BandBest best = grow_band({.bases = bases,
                                   .at = leg.at,
                                   .forward = leg.forward,
                                   .pattern = leg.forward ? ahead_.data() : back_.data(),
                                   .period = static_cast<int>(pattern_.size()),
                                   .place = leg.place,
                                   .difference = difference_,
                                   .drop = kDrop,
                                   .least = least,
                                   .most = most},
                                  rows_.data());
  work_ += best.rows;
  return best;
}

/// What one step back along the best way says of the pattern; `columns` are taken with it.
void PeriodicAlignment::vote(const Leg& leg, std::int64_t columns, int from, std::uint8_t base) {
  const auto period = static_cast<int>(pattern_.size());
  // A base more, read backward, stands behind the place that comes next.
  const bool next = from == kBase && !leg.forward;
  const int along = wrapped(leg.place + columns - (next ? 0 : 1), period);
  Votes& votes = votes_[static_cast<std::size_t>(leg.forward ? along : period - 1 - along)];
  if (from == kPattern) {
    ++votes.gone;
  } else if (base < 4) {
    ++(from == kBoth ? votes.base : votes.more)[base];
  }
}

/// Follows the best way back, counts and votes.
void PeriodicAlignment::trace(const BaseRing& bases, const BandBest& best, Leg& leg) {
  std::int64_t taken = best.row;
  int cell = best.cell;
  while (taken > 0 && cell >= 0 && cell < kBandCells) {
    const BandRow& row = rows_[static_cast<std::size_t>(taken - 1)];
    const auto from = static_cast<BandStep>(row.from[cell]);
    const std::int64_t columns = row.middle - kBandHalf + cell;
    const std::uint8_t base = base_at(bases, leg.forward, leg.at, taken - 1);
    vote(leg, columns, from, base);
    ++leg.columns;
    if (from == kPattern) {
      --cell;
      continue;
    }
    if (from == kBoth) {
      const std::uint8_t* const pattern = leg.forward ? ahead_.data() : back_.data();
      const int place = wrapped(leg.place + columns - 1, static_cast<int>(pattern_.size()));
      leg.matches += base == pattern[place] ? 1 : 0;
    }
    const std::int64_t middle_before =
        taken > 1 ? rows_[static_cast<std::size_t>(taken - 2)].middle : 0;
    const int moved = static_cast<int>(row.middle - middle_before - 1);
    cell += from == kBoth ? moved : moved + 1;
    --taken;
  }
}

/// What most copies have in each place; places and bases that most lack are none.
std::vector<std::uint8_t> PeriodicAlignment::consensus() const {
  std::vector<std::uint8_t> result;
  for (std::size_t place = 0; place < pattern_.size(); ++place) {
    const Votes& votes = votes_[place];
    const std::int32_t here = std::accumulate(votes.base, votes.base + 4, 0);
    const std::int32_t more = std::accumulate(votes.more, votes.more + 4, 0);
    if (votes.gone <= here || here + votes.gone < kQuorum) {
      std::uint8_t best = pattern_[place];
      for (std::uint8_t base = 0; base < 4; ++base) {
        if (votes.base[base] > votes.base[best]) best = base;
      }
      result.push_back(best);
    }
    if (2 * more > here + votes.gone && here + votes.gone >= kQuorum) {
      result.push_back(
          static_cast<std::uint8_t>(std::max_element(votes.more, votes.more + 4) - votes.more));
    }
  }
  return result.empty() ? pattern_ : result;
}

void PeriodicAlignment::take_piece(const BaseRing& bases, Leg& leg, std::int64_t least) {
  const std::int64_t room = leg.forward ? bases.end() - leg.at : leg.at - bases.begin();
  const std::int64_t most = std::min(room, kPiece);
  const BandBest best = grow(bases, leg, least, most);
  const bool alive = best.rows == most;
  leg.limited = alive && most == room;
  leg.full = alive && most < room && best.row > 0;
  if (best.row == 0) return;
  trace(bases, best, leg);
  const std::int64_t columns =
      rows_[static_cast<std::size_t>(best.row - 1)].middle - kBandHalf + best.cell;
  leg.place = wrapped(leg.place + columns, static_cast<std::int64_t>(pattern_.size()));
  leg.at += leg.forward ? best.row : -best.row;
  leg.score += best.score;
}

void PeriodicAlignment::follow(const BaseRing& bases, Leg& leg) {
  while (leg.full) take_piece(bases, leg);
}

/// Aligns to the pattern as it is, a piece to either side, and counts what stands at its places.
PeriodicAlignment::Fit PeriodicAlignment::fit(const BaseRing& bases, std::int64_t anchor) {
  votes_.assign(pattern_.size(), {});
  Fit fit{.right = {.at = anchor}, .left = {.forward = false, .at = anchor}, .pattern = pattern_};
  take_piece(bases, fit.right);
  take_piece(bases, fit.left);
  return fit;
}

/// Of an array that falls short of two copies, for a little more at one end or the other would cost
/// a little: so much of it, if it keeps what it needs.
void PeriodicAlignment::stretch(const BaseRing& bases,
                                std::int64_t anchor,
                                std::int64_t least,
                                Fit& fit) {
  const auto period = static_cast<std::int64_t>(fit.pattern.size());
  const std::int64_t right = fit.right.at - anchor, left = anchor - fit.left.at;
  const std::int64_t missing = kWanted * period / 100 - right - left;
  if (missing <= 0 || fit.score() < least || 100 * (right + left) < kHalfway * period) return;
  Leg longer[] = {{.at = anchor}, {.forward = false, .at = anchor}};
  take_piece(bases, longer[0], right + missing);
  take_piece(bases, longer[1], left + missing);
  const bool enough_right = longer[0].at - anchor >= right + missing;
  const bool enough_left = anchor - longer[1].at >= left + missing;
  const std::int64_t to_right = enough_right ? longer[0].score + fit.left.score : 0;
  const std::int64_t to_left = enough_left ? longer[1].score + fit.right.score : 0;
  if (std::max(to_right, to_left) < least) return;
  (to_right >= to_left ? fit.right : fit.left) = longer[to_right >= to_left ? 0 : 1];
}

/// The best of patterns that the copies settle on, from one copy, at first with this cost of a
/// difference: by their consensus, until it does not get better.
PeriodicAlignment::Fit PeriodicAlignment::settle(const BaseRing& bases,
                                                 std::int64_t anchor,
                                                 const std::vector<std::uint8_t>& copy,
                                                 int cost) {
  use(copy, cost);
  Fit best = fit(bases, anchor);
  const auto hopeful = static_cast<std::int64_t>(kHopeful * static_cast<double>(copy.size()));
  const bool draft = cost != kDifference;  // its score is of another kind
  if (best.right.at - best.left.at < hopeful) return draft ? Fit{} : best;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<std::uint8_t> better = consensus();
    const bool first = draft && round == 0;
    if (!first && better == best.pattern) break;
    use(better, kDifference);
    Fit next = fit(bases, anchor);
    if (!first && next.score() < best.score()) break;
    best = std::move(next);
  }
  return best;
}

TandemArray PeriodicAlignment::align(const BaseRing& bases,
                                     std::int64_t anchor,
                                     int period,
                                     std::int64_t least_score) {
  std::vector<std::uint8_t> copy;
  copy.reserve(static_cast<std::size_t>(period));
  for (int i = 0; i < period; ++i) copy.push_back(std::min<std::uint8_t>(bases[anchor + i], 3));
  Fit best = settle(bases, anchor, copy, kDifference);
  // One copy is further from the others than their consensus is.
  Fit lenient = settle(bases, anchor, copy, kLenient);
  if (lenient.score() > best.score()) best = std::move(lenient);
  use(best.pattern, kDifference);
  stretch(bases, anchor, least_score, best);
  follow(bases, best.right);
  follow(bases, best.left);
  return {.begin = best.left.at,
          .end = best.right.at,
          .period = static_cast<int>(best.pattern.size()),
          .score = best.score(),
          .matches = best.right.matches + best.left.matches,
          .columns = best.right.columns + best.left.columns,
          .consensus = std::move(best.pattern),
          .limited = best.right.limited,
          .next_place = best.right.place};
}

void PeriodicAlignment::resume(const BaseRing& bases, TandemArray& array) {
  use(array.consensus, kDifference);
  votes_.assign(pattern_.size(), {});
  Leg leg{.at = array.end, .place = array.next_place};
  take_piece(bases, leg);
  follow(bases, leg);
  array.end = leg.at;
  array.next_place = leg.place;
  array.score += leg.score;
  array.matches += leg.matches;
  array.columns += leg.columns;
  array.limited = leg.limited;
}

}  // namespace heddle::pipeline
