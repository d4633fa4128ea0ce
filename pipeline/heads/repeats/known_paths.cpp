#include "pipeline/heads/repeats/known_paths.h"

#include "pipeline/encoders/seeds.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr int kBandBits = 8;
constexpr std::int64_t kSlack = 16;  // bases by which a run may stick out, and diagonals

std::int64_t key_of(std::int64_t diagonal, bool inverted) {
  return (diagonal >> kBandBits) * 2 + (inverted ? 1 : 0);
}

}  // namespace

void KnownPaths::add(const Path& path) {
  const std::int64_t step = std::int64_t{1} << kBandBits;
  const std::int64_t last = (path.high + kSlack) >> kBandBits;
  for (std::int64_t band = (path.low - kSlack) >> kBandBits; band <= last; ++band) {
    bands_[key_of(band * step, path.inverted)].push_back(path);
  }
}

bool KnownPaths::holds(const Run& run) const {
  const auto band = bands_.find(key_of(run.diagonal, run.inverted));
  if (band == bands_.end()) return false;
  return std::ranges::any_of(band->second, [&](const Path& path) {
    return run.begin >= path.begin - kSlack && run.last + SeedTokens::kSpan <= path.end + kSlack &&
           run.diagonal >= path.low - kSlack && run.diagonal <= path.high + kSlack;
  });
}

void KnownPaths::forget_before(std::int64_t q) {
  for (auto band = bands_.begin(); band != bands_.end();) {
    std::erase_if(band->second, [q](const Path& path) { return path.end < q; });
    band = band->second.empty() ? bands_.erase(band) : std::next(band);
  }
}

}  // namespace heddle::pipeline
