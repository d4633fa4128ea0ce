#include "pipeline/heads/repeats/pairs_in_arrays.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kSlack = 16;  // bases by which a pair may stick out,
constexpr std::int64_t kShare = 20;  // or this part of its length
constexpr std::int64_t kCopiesTold = 3;
constexpr std::int64_t kCopies = 5;

/// Stretches of which none lies in another, by begin and so by end.
class Stretches {
 public:
  void add(const ArrayStretch& stretch) {
    if (hold(stretch)) return;
    auto next = ends_.lower_bound(stretch.begin);
    while (next != ends_.end() && next->second <= stretch.end) next = ends_.erase(next);
    ends_[stretch.begin] = stretch.end;
  }
  /// Whatever begins at or before it ends no later than the last that does.
  bool hold(const ArrayStretch& stretch) const {
    const auto next = ends_.upper_bound(stretch.begin);
    return next != ends_.begin() && std::prev(next)->second >= stretch.end;
  }

 private:
  std::map<std::int64_t, std::int64_t> ends_;
};

/// What an array must cover to make the pair needless.
ArrayStretch core_of(const RepeatPair& pair) {
  const std::int64_t slack = std::max(kSlack, pair.length() / kShare);
  return {std::min(pair.begin, pair.early_begin) + slack,
          std::max(pair.end, pair.early_end) - slack,
          0};
}

bool is_array(const RepeatPair& pair) {
  const std::int64_t period = pair.begin - pair.early_begin;
  return !pair.inverted && pair.self_overlap() > 0 &&
         pair.end - pair.early_begin >= kCopies * period;
}

}  // namespace

void leave_out_pairs_in_arrays(const std::vector<ArrayStretch>& arrays,
                               std::vector<RepeatPair>& pairs) {
  Stretches stretches;
  for (const ArrayStretch& array : arrays) {
    if (array.end - array.begin >= kCopiesTold * array.period) stretches.add(array);
  }
  std::vector<std::size_t> by_distance(pairs.size());
  std::iota(by_distance.begin(), by_distance.end(), std::size_t{0});
  std::ranges::sort(by_distance, {}, [&](std::size_t i) {
    return std::tuple(pairs[i].inverted, pairs[i].begin - pairs[i].early_begin, i);
  });
  std::vector<bool> needless(pairs.size(), false);
  for (const std::size_t i : by_distance) {
    needless[i] = stretches.hold(core_of(pairs[i]));
    if (!needless[i] && is_array(pairs[i])) {
      stretches.add({pairs[i].early_begin, pairs[i].end, pairs[i].begin - pairs[i].early_begin});
    }
  }
  std::size_t place = 0;
  std::erase_if(pairs, [&](const RepeatPair&) { return needless[place++]; });
}

}  // namespace heddle::pipeline
