#include "pipeline/heads/repeats/array_selection.h"

#include "pipeline/heads/repeats/array_cover.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kBin = 4096;
constexpr double kSame = 0.9;    // of the longer of two arrays: they are the same stretch
constexpr double kInside = 0.9;  // of an array: it is a part of another
constexpr double kClean = 0.95;  // identity of an array that leaves nothing to tell of its parts
constexpr double kNearly = 0.8;  // of the score of a multiple: the shorter period is told

std::int64_t shared(const TandemArray& a, const TandemArray& b) {
  return std::min(a.end, b.end) - std::max(a.begin, b.begin);
}

/// Each covers most of the other.
bool same_stretch(const TandemArray& a, const TandemArray& b) {
  const auto both = static_cast<double>(shared(a, b));
  return both >= kSame * static_cast<double>(std::max(a.length(), b.length()));
}

/// A part of an array that is clean or long, and more than a detail of one copy.
bool needless_in(const TandemArray& whole, const TandemArray& part) {
  return (whole.identity() >= kClean || whole.length() >= ArrayCover::kLong) &&
         static_cast<double>(shared(part, whole)) >= kInside * static_cast<double>(part.length()) &&
         (part.length() >= 2 * whole.period || whole.length() >= ArrayCover::kLong);
}

/// Those kept, by the bins they touch.
class Kept {
 public:
  explicit Kept(std::vector<TandemArray>& arrays) : arrays_(arrays) {}

  void add(std::size_t index) {
    for (std::int64_t bin = arrays_[index].begin / kBin; bin <= arrays_[index].end / kBin; ++bin) {
      bins_[bin].push_back(index);
    }
  }
  /// One that hides the array, or takes its place.
  bool settle(TandemArray& array) {
    for (std::int64_t bin = array.begin / kBin; bin <= array.end / kBin; ++bin) {
      const auto found = bins_.find(bin);
      if (found == bins_.end()) continue;
      for (const std::size_t index : found->second) {
        TandemArray& better = arrays_[index];
        if (same_stretch(array, better)) {
          const bool primitive =
              array.period < better.period && is_multiple(better.period, array.period) &&
              static_cast<double>(array.score) >= kNearly * static_cast<double>(better.score);
          if (primitive) std::swap(array, better);
          return true;
        }
        if (needless_in(better, array)) return true;
      }
    }
    return false;
  }

 private:
  std::vector<TandemArray>& arrays_;
  std::map<std::int64_t, std::vector<std::size_t>> bins_;
};

}  // namespace

void select_arrays(std::vector<TandemArray>& arrays) {
  std::ranges::sort(arrays, {}, [](const TandemArray& array) {
    return std::tuple(-array.score, array.period, array.begin);
  });
  Kept kept(arrays);
  std::vector<bool> told(arrays.size(), false);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (kept.settle(arrays[i])) continue;
    told[i] = true;
    kept.add(i);
  }
  std::vector<TandemArray> result;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (told[i]) result.push_back(std::move(arrays[i]));
  }
  arrays = std::move(result);
  std::ranges::sort(
      arrays, {}, [](const TandemArray& array) { return std::tuple(array.begin, array.end); });
}

}  // namespace heddle::pipeline
