#include "pipeline/heads/repeats/pair_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kStride = 2;  // every other window is remembered; every window asks
// Where a window has all the copies that one recall gives, its neighbours have mostly the same:
// only each eleventh asks, an odd number, for windows that are remembered and those that are not.
constexpr std::int64_t kRest = 11;
constexpr int kSteps = 512;  // tokens of other keys one recall passes, at most
// A key met again this soon belongs to a short tandem repeat: it would flood the memory.
constexpr std::int64_t kTooNear = 64;
// An alignment may run this far behind the last hit before it meets bases that have not come.
constexpr std::int64_t kTail = 1024;
// Bases an alignment may go beyond its hits: through a long array, where there are none, it would
// go on to the end.
constexpr std::int64_t kReach = 1 << 17;
constexpr std::uint8_t kMostWaits = 1;  // blocks; then it ends where the bases end
// Points of fronts that alignments may look at for each base, runs with the most under hits first:
// a bound for what is made of worn copies of one another. Human chromosome 20 takes 90 to 370 in
// its first 20 Mb. What is not used is saved up to kMostMeans, half a second.
constexpr std::int64_t kMeans = 512;
constexpr std::int64_t kMostMeans = std::int64_t{1} << 25;
constexpr std::int64_t kLookWork = 32;  // of an alignment that ends at once
// Bases under hits that a run needs for each pair that its place has already: the copies of large
// families hit each other by chance, and of those only the best are told.
// Of pairs a locus, how many alignments may have their later end there, in tenths: later copies
// will add as many by their earlier ends.
constexpr int kTriesOfTen = 6, kLeastTries = 16;
// Chance alone gives one hit; a second on the same diagonal, beside the first, means a copy. One
// hit is looked at where there is little else, for short copies of low identity often have no more.
constexpr int kTwoHits = SeedTokens::kSpan + 6, kOpenToChance = 3;
constexpr int kCoverOfEach = 2, kMostWanted = 60;

RepeatPair pair_of(const Run& run, std::int64_t early, const Extent& left, const Extent& right) {
  RepeatPair pair;
  pair.begin = run.last - left.a;
  pair.end = run.last + right.a;
  pair.early_begin = early - (run.inverted ? right.b : left.b);
  pair.early_end = early + (run.inverted ? left.b : right.b);
  pair.matches = left.matches() + right.matches();
  pair.columns = left.columns() + right.columns();
  pair.score = left.twice_score() + right.twice_score();
  pair.inverted = run.inverted;
  return pair;
}

}  // namespace

PairSearch::PairSearch(const RepeatOptions& options)
    : options_(options),
      bases_(options.memory),
      memory_({.capacity = std::max<std::int64_t>(1, options.memory / kStride),
               .top_k = options.copies_recalled,
               .most_steps = kSteps}),
      most_tries_(std::max(kLeastTries, options.pairs_per_locus * kTriesOfTen / 10)),
      found_(options.pairs_per_locus, options.min_identity) {}

void PairSearch::begin() {
  bases_.reset();
  memory_.reset();
  seeds_.reset();
  diagonals_.reset();
  line_.reset();
  known_.reset();
  found_.reset();
  closed_.clear();
  waiting_.clear();
  masked_ = 0;
  rests_until_ = 0;
  means_ = 0;
}

void PairSearch::push(std::string_view letters) {
  const std::int64_t from = bases_.end();
  bases_.push(letters);
  read(from, letters);
  means_ = std::min(kMostMeans, means_ + kMeans * static_cast<std::int64_t>(letters.size()));
  resolve(false);
}

/// Asks for the windows that end at `from` and behind, in batches so that the memory's answers are
/// on their way before they are wanted.
void PairSearch::read(std::int64_t from, std::string_view letters) {
  Batch batch;
  for (std::int64_t at = from; at < bases_.end(); at += kAhead) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kAhead, bases_.end() - at));
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t here = at + static_cast<std::int64_t>(i);
      std::optional<SeedTokens::Token>& token = batch.tokens[i];
      token = seeds_.push(bases_[here]);
      const bool small = (letters[static_cast<std::size_t>(here - from)] & 0x20) != 0;
      masked_ = small ? std::min(masked_ + 1, SeedTokens::kSpan) : 0;
      if (masked_ == SeedTokens::kSpan) token.reset();
      if (!token) continue;
      memory_.prefetch(token->along);
      memory_.prefetch(token->against);
    }
    batch.first = at - SeedTokens::kSpan + 1;
    batch.count = count;
    warm(batch);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t window = batch.first + static_cast<std::int64_t>(i);
      if (batch.tokens[i]) {
        ask(window, *batch.tokens[i]);
      } else if (window >= 0 && window % kStride == 0) {
        memory_.append_silent();
      }
    }
  }
}

/// Has the memory get what the windows that will ask are going to look at. In a crowded place those
/// are the few that do not rest, most likely.
void PairSearch::warm(const Batch& batch) {
  std::array<std::uint32_t, 2 * kAhead> keys;
  std::size_t count = 0;
  const std::int64_t step = batch.first < rests_until_ ? kRest : 1;
  std::int64_t next = rests_until_;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const std::int64_t window = batch.first + static_cast<std::int64_t>(i);
    if (!batch.tokens[i] || window < next) continue;
    keys[count++] = batch.tokens[i]->along;
    keys[count++] = batch.tokens[i]->against;
    next = window + step;
  }
  memory_.warm({keys.data(), count});
}

void PairSearch::ask(std::int64_t window, const SeedTokens::Token& token) {
  if (window < rests_until_) return remember(window, token, false);
  auto earlier = copies_of(token.along);
  std::size_t most = earlier.size();
  const bool near = !earlier.empty() && window - earlier[0] < kTooNear;
  if (!near) {
    line_.see(window, earlier);
    for (const std::int64_t copy : earlier) {
      if (!line_.passes_over(window, copy)) diagonals_.hit(window, window - copy, false);
    }
    earlier = copies_of(token.against);
    most = std::max(most, earlier.size());
    for (const std::int64_t copy : earlier) {
      const std::int64_t end = copy + SeedTokens::kSpan;
      if (end <= window) diagonals_.hit(window, window + end, true);
    }
  }
  if (most >= static_cast<std::size_t>(options_.copies_recalled)) rests_until_ = window + kRest;
  remember(window, token, near);
}

void PairSearch::remember(std::int64_t window, const SeedTokens::Token& token, bool near) {
  if (window % kStride != 0) return;
  if (near) {
    memory_.append_silent();
  } else {
    memory_.append(token.along);
  }
}

/// Windows with this key whose bases are still held, the latest first.
std::span<const std::int64_t> PairSearch::copies_of(std::uint32_t key) {
  copies_.clear();
  for (const std::int64_t number : memory_.recall(key)) {
    if (number * kStride < bases_.begin()) break;
    copies_.push_back(number * kStride);
  }
  return copies_;
}

void PairSearch::resolve(bool last) {
  closed_ = std::exchange(waiting_, {});
  diagonals_.close(bases_.end(), last, closed_);
  // Most are chance. What a place has only grows, so they need not wait for their turn.
  std::erase_if(closed_, [this](const Run& run) {
    return has_enough(run) || (run.covered < kTwoHits && !agrees_beside(run));
  });
  std::int64_t horizon = bases_.end() - kTail - Diagonals::kGap;
  // Runs with more under hits are the better copies: where there are too many, the others go.
  std::ranges::sort(closed_, {}, [](const Run& run) {
    return std::tuple(-run.covered, run.begin, run.inverted, run.home, run.last);
  });
  for (const Run& run : closed_) {
    if (known_.holds(run) || has_enough(run)) continue;
    const bool soon = !last && run.last + kTail > bases_.end();
    if (!soon && means_ <= 0) continue;
    if (soon || !align(run, last || run.waits == kMostWaits)) {
      waiting_.push_back(run);
      ++waiting_.back().waits;
    }
  }
  for (const Run& run : waiting_) horizon = std::min(horizon, run.last);
  known_.forget_before(horizon);
}

/// Does what lies on one side or the other of the run's last hit agree, without gaps, as copies do?
bool PairSearch::agrees_beside(const Run& run) const {
  constexpr std::int64_t kSide = 32, kLeast = 18;  // bases; chance has 8, copies of 80 % 26
  const std::int64_t q = run.last, early = run.inverted ? run.diagonal - q : q - run.diagonal;
  const std::int64_t around = SeedTokens::kSpan + kSide;
  if (std::min(q, early) - around < bases_.begin()) return false;
  if (std::max(q, early) + around > bases_.end()) return false;
  const Walk ahead{bases_, q, true, false}, back{bases_, q, false, false};
  const Walk early_ahead{bases_, early, !run.inverted, run.inverted};
  const Walk early_back{bases_, early, run.inverted, run.inverted};
  const auto same = [](std::uint64_t a, std::uint64_t b) {
    const std::uint64_t differ = a ^ b;
    return 8 - std::popcount((differ | differ >> 1 | differ >> 2) & 0x0101010101010101u);
  };
  std::int64_t behind = 0, before = 0;
  for (std::int64_t step = 0; step < kSide; step += 8) {
    const std::int64_t beyond = SeedTokens::kSpan + step;
    behind += same(ahead.eight(beyond), early_ahead.eight(beyond));
    before += same(back.eight(step), early_back.eight(step));
  }
  return std::max(behind, before) >= kLeast;
}

/// Has its place so many pairs and attempts that this one is left?
bool PairSearch::has_enough(const Run& run) const {
  const int depth = found_.depth(run.begin, run.last + SeedTokens::kSpan);
  if (run.covered < kTwoHits) return depth >= kOpenToChance;
  return depth >= most_tries_ || run.covered < std::min(kMostWanted, kCoverOfEach * depth);
}

/// False: it ran into bases that have not come yet.
bool PairSearch::align(const Run& run, bool last) {
  const std::int64_t q = run.last;
  const std::int64_t early = run.inverted ? run.diagonal - q : q - run.diagonal;
  const Walk ahead{bases_, q, true, false}, back{bases_, q, false, false};
  const Walk early_ahead{bases_, early, !run.inverted, run.inverted};
  const Walk early_back{bases_, early, run.inverted, run.inverted};
  const std::int64_t oldest = bases_.begin(), newest = bases_.end();
  const std::int64_t between = (q - early) / 2;  // inverted copies grow towards each other
  Extension::Limits right{newest - q, run.inverted ? early - oldest : newest - early};
  Extension::Limits left{run.inverted ? between : q - oldest,
                         run.inverted ? between : early - oldest};
  right.a = std::min(right.a, kReach);
  left.a = std::min(left.a, q - run.begin + kReach);
  if (!run.inverted) {
    right.least_shift = -run.diagonal / 2;
    left.most_shift = run.diagonal / 2;
  }
  const std::int64_t work = extension_.work();
  const Extent before = extension_.extend(back, early_back, left, 0);
  const Extent after = extension_.extend(ahead, early_ahead, right, before.twice_score());
  means_ -= extension_.work() - work + kLookWork;
  const bool want_more = right.a < kReach && after.a + kTail > right.a;
  if (after.limited && want_more && !last) return false;
  const RepeatPair pair = pair_of(run, early, before, after);
  known_.add({pair.begin,
              pair.end,
              run.diagonal + std::min(after.low_shift, -before.high_shift),
              run.diagonal + std::max(after.high_shift, -before.low_shift),
              run.inverted});
  if (pair.length() >= options_.min_length && pair.identity() >= options_.min_identity) {
    found_.add(pair);
  } else {
    found_.add_attempt(run.begin, run.last + SeedTokens::kSpan);
  }
  return true;
}

std::vector<RepeatPair> PairSearch::finish() {
  resolve(true);
  return found_.finish();
}

}  // namespace heddle::pipeline
