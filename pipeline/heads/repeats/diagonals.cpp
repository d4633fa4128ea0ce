#include "pipeline/heads/repeats/diagonals.h"

#include "pipeline/encoders/seeds.h"

#include <algorithm>
#include <cstdlib>

namespace heddle::pipeline {
namespace {

constexpr int kSetBits = 12;
constexpr int kBandBits = 6;
constexpr std::int64_t kBand = 1 << kBandBits;
constexpr std::int64_t kShift = kBand / 2;  // of neighbouring hits' diagonals
}  // namespace

Diagonals::Diagonals() : table_(std::size_t{kWays} << kSetBits) {}

void Diagonals::reset() {
  std::ranges::fill(table_, Run{});
  done_.clear();
}

std::size_t Diagonals::set_of(std::int64_t band, bool inverted) {
  const std::uint64_t mixed =
      (static_cast<std::uint64_t>(band) * 2 + (inverted ? 1 : 0)) * 0x9e3779b97f4a7c15u;
  return static_cast<std::size_t>(mixed >> (64 - kSetBits)) * kWays;
}

Run* Diagonals::find(std::int64_t band, std::int64_t q, std::int64_t diagonal, bool inverted) {
  Run* const set = &table_[set_of(band, inverted)];
  for (int way = 0; way < kWays; ++way) {
    Run& run = set[way];
    if (run.last >= 0 && run.inverted == inverted && q - run.last <= kGap &&
        run.home >> kBandBits == band && std::abs(run.diagonal - diagonal) <= kShift) {
      return &run;
    }
  }
  return nullptr;
}

/// An empty place in the band's set, else that of the run not hit for longest.
Run& Diagonals::place(std::int64_t band, std::int64_t q, bool inverted) {
  Run* const set = &table_[set_of(band, inverted)];
  Run* oldest = set;
  for (int way = 0; way < kWays; ++way) {
    if (set[way].last >= 0 && q - set[way].last > kGap) retire(set[way]);
    if (set[way].last < oldest->last) oldest = &set[way];
  }
  retire(*oldest);
  return *oldest;
}

void Diagonals::retire(Run& run) {
  if (run.last >= 0) done_.push_back(run);
  run.last = -1;
}

void Diagonals::hit(std::int64_t q, std::int64_t diagonal, bool inverted) {
  const std::int64_t band = diagonal >> kBandBits;
  const std::int64_t beside = (diagonal & (kBand - 1)) < kShift ? band - 1 : band + 1;
  Run* run = find(band, q, diagonal, inverted);
  if (run == nullptr) run = find(beside, q, diagonal, inverted);
  if (run == nullptr) {
    place(band, q, inverted) = {.diagonal = diagonal,
                                .home = diagonal,
                                .begin = q,
                                .last = q,
                                .covered = SeedTokens::kSpan,
                                .inverted = inverted};
    return;
  }
  run->covered +=
      static_cast<std::int32_t>(std::min<std::int64_t>(SeedTokens::kSpan, q - run->last));
  run->last = q;
  run->diagonal = diagonal;
}

void Diagonals::close(std::int64_t q, bool all, std::vector<Run>& closed) {
  for (Run& run : table_) {
    if (run.last >= 0 && (all || q - run.last > kGap)) retire(run);
  }
  closed.insert(closed.end(), done_.begin(), done_.end());
  done_.clear();
}

}  // namespace heddle::pipeline
