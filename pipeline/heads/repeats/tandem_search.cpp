#include "pipeline/heads/repeats/tandem_search.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kHeld = std::int64_t{1} << 20;
constexpr double kLeastCopies = 1.7;
constexpr std::int64_t kSlack = 4;  // bases by which an array may miss an echo that it explains

bool is_multiple(int distance, int period) {
  const int rest = distance % period;
  const int off = std::min(rest, period - rest);
  return distance >= period && off <= distance / 20;
}

/// How far the bases go on agreeing with those `distance` before them, without gaps, from one that
/// begins a run: 2 a match, -4 a mismatch, until 24 are lost. What does not make 0.3 of another
/// copy is not worth an alignment; gaps may bring the rest.
bool promising(const BaseRing& bases, const Echo& echo) {
  const std::int64_t wanted = std::min<std::int64_t>(echo.distance * 3 / 10, 100);
  std::int64_t reached = 0;
  for (const int way : {1, -1}) {
    int score = 0, best = 0;
    std::int64_t far = 0;
    const std::int64_t first = way > 0 ? echo.run : echo.run - 1;
    for (std::int64_t at = first; at < bases.end() && at - echo.distance >= bases.begin();
         at += way) {
      const bool same = bases[at] == bases[at - echo.distance] && bases[at] < 4;
      score += same ? 2 : -4;
      if (score > best) {
        best = score;
        far = std::abs(at - first) + 1;
      }
      if (score < best - 24 || reached + far >= wanted) break;
    }
    reached += far;
  }
  return reached >= wanted;
}

/// A clean array agrees with itself at every multiple of its period; in a worn one patterns of
/// several copies may be the better ones.
bool explains(const TandemArray& array, int distance) {
  const bool worn = array.identity() < 0.9 && distance <= 4 * array.period;
  return is_multiple(distance, array.period) &&
         (!worn || distance < array.period + (array.period + 1) / 2);
}

/// The same stretch, told with a period and again with a multiple of it.
bool alike(const TandemArray& a, const TandemArray& b) {
  const std::int64_t shared = std::min(a.end, b.end) - std::max(a.begin, b.begin);
  return 10 * shared >= 9 * (a.end - a.begin) && 10 * shared >= 9 * (b.end - b.begin) &&
         is_multiple(std::max(a.period, b.period), std::min(a.period, b.period));
}

}  // namespace

TandemSearch::TandemSearch(const RepeatOptions& options)
    : options_(options), bases_(kHeld), autocorrelation_(options.max_period) {}

void TandemSearch::begin() {
  bases_.reset();
  waiting_.clear();
  found_.clear();
  ends_.clear();
}

void TandemSearch::push(std::string_view letters) {
  const std::int64_t from = bases_.end();
  bases_.push(letters);
  echoes_ = std::exchange(waiting_, {});
  const std::vector<Echo> fresh = autocorrelation_.echoes(bases_, from, bases_.end());
  echoes_.insert(echoes_.end(), fresh.begin(), fresh.end());
  resolve(false);
  while (!ends_.empty() && ends_.begin()->first < from - kSlack) ends_.erase(ends_.begin());
}

/// Lies on an array of this distance or of a divisor of it.
bool TandemSearch::known(const Echo& echo) const {
  for (auto end = ends_.lower_bound(echo.run); end != ends_.end(); ++end) {
    const TandemArray& array = found_[end->second];
    if (array.begin <= echo.run - echo.distance + kSlack && array.end + kSlack > echo.run + 7 &&
        explains(array, echo.distance)) {
      return true;
    }
  }
  return false;
}

void TandemSearch::accept(TandemArray array) {
  if (array.score < options_.min_tandem_score || array.copies() < kLeastCopies) return;
  ends_.emplace(array.end, found_.size());
  found_.push_back(std::move(array));
}

void TandemSearch::resolve(bool last) {
  std::ranges::sort(
      echoes_, {}, [](const Echo& echo) { return std::tuple(echo.distance, echo.begin); });
  for (const Echo& echo : echoes_) {
    const std::int64_t anchor = echo.run - echo.distance;
    if (anchor < bases_.begin() || known(echo) || !promising(bases_, echo)) continue;
    TandemArray array = alignment_.align(bases_, anchor, echo.distance);
    if (array.limited && !last && array.end - array.begin < PeriodicAlignment::kLongest) {
      waiting_.push_back(echo);
    } else {
      accept(std::move(array));
    }
  }
}

std::vector<TandemArray> TandemSearch::finish() {
  echoes_ = std::exchange(waiting_, {});
  resolve(true);
  // The best first; what lies in a better one goes.
  std::ranges::sort(found_, {}, [](const TandemArray& array) {
    return std::tuple(array.begin, -array.score, array.period);
  });
  std::vector<TandemArray> kept;
  for (TandemArray& array : found_) {
    const auto worse = [&array](const TandemArray& other) {
      return alike(array, other) && other.score < array.score;
    };
    bool hidden = false;
    for (auto other = kept.rbegin(); other != kept.rend() && !hidden; ++other) {
      if (other->begin + 2 * PeriodicAlignment::kLongest < array.begin) break;
      hidden = alike(array, *other) && other->score >= array.score;
    }
    if (hidden) continue;
    std::erase_if(kept, worse);
    kept.push_back(std::move(array));
  }
  begin();
  return kept;
}

}  // namespace heddle::pipeline
