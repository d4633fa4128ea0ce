#include "pipeline/heads/crispr/array_growth.h"

#include "pipeline/heads/crispr/array_checks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <span>

namespace heddle::pipeline {
namespace {

constexpr int kWindow = kShortestRepeat;
constexpr int kAlikeInWindow = 17;  // of its bases, of two repeats and of the third with either
constexpr std::int64_t kSlackAtFirst = 12;  // by which distances of neighbours differ
constexpr std::int64_t kSlack = 16;
constexpr double kLeastBits = 40;       // of three repeats: chance has 33 somewhere in 5 Mb
constexpr double kLeastBitsInAll = 48;  // of an array

/// A tenth of changed bases; of few repeats two a repeat, which may have 25 bases or more.
double least_identity(std::size_t repeats, int length) {
  constexpr std::size_t kFew = 5;
  return repeats < kFew ? std::max(0.92, 1 - 2.01 / length) : 0.9;
}

struct Place {
  std::int64_t start = -1;
  int matches = 0;
};
struct Places {
  std::int64_t expected, slack, from, to;  // starts in [from, to]
};

/// Where the pattern fits best; of equals the nearest to what is expected.
Place best_place(const BaseWindow& bases, const RepeatPattern& pattern, const Places& places) {
  Place best;
  for (std::int64_t away = 0; away <= places.slack; ++away) {
    for (const std::int64_t start : {places.expected - away, places.expected + away}) {
      if (start < places.from || start > places.to) continue;
      const int matches = pattern.matches(bases, start);
      if (matches > best.matches) best = {start, matches};
    }
  }
  return best;
}

/// What either of two places has.
RepeatPattern either_of(const BaseWindow& bases,
                        std::int64_t a,
                        std::int64_t b,
                        ColumnRange range) {
  RepeatPattern pattern{range, {}};
  for (int column = range.begin; column < range.end; ++column) {
    // N fits nothing: its bit is asked of no base.
    pattern.fits[static_cast<std::size_t>(column - range.begin)] =
        static_cast<std::uint8_t>(((1 << bases[a + column]) | (1 << bases[b + column])) & 15);
  }
  return pattern;
}

int equal_columns(const BaseWindow& bases, std::int64_t a, std::int64_t b, ColumnRange range) {
  int equal = 0;
  for (int column = range.begin; column < range.end; ++column) {
    const int base = bases[a + column];
    equal += base != BaseWindow::kNone && base == bases[b + column] ? 1 : 0;
  }
  return equal;
}

/// The window of columns in which the two agree most.
ColumnRange best_window(const BaseWindow& bases, const Agreement& pair, std::int64_t floor) {
  constexpr int kBeyond = 8;
  const std::int64_t first = pair.second - pair.distance;
  int from = pair.left - kBeyond;
  from = static_cast<int>(std::max<std::int64_t>(from, floor - first));
  ColumnRange best;
  int most = -1;
  for (int begin = from; begin == from || begin + kWindow <= pair.right + kBeyond; ++begin) {
    const int equal = equal_columns(bases, first, pair.second, {begin, begin + kWindow});
    if (equal > most) best = {begin, begin + kWindow};
    most = std::max(most, equal);
  }
  return most >= kAlikeInWindow ? best : ColumnRange{};
}

/// Three starts of a word -> an array of which nothing lies left of the floor.
std::optional<ArrayDraft> settled(const BaseWindow& bases,
                                  std::array<std::int64_t, 3> starts,
                                  ColumnRange window,
                                  std::int64_t floor) {
  const RepeatColumns columns(bases, starts);
  ColumnRange range = columns.best_range(window);
  range.begin = static_cast<int>(std::max<std::int64_t>(range.begin, floor - starts[0]));
  if (range.length() < kShortestRepeat || range.length() > kLongestRepeat) return std::nullopt;
  if (columns.bits(range) < kLeastBits) return std::nullopt;
  ArrayDraft draft{{}, range.length()};
  for (const std::int64_t start : starts) draft.starts.push_back(start + range.begin);
  if (!may_be_array(bases, draft.starts, draft.length)) return std::nullopt;
  return draft;
}

/// Of the repeats nearest to one side: their number would make growth quadratic.
RepeatPattern consensus_at(const BaseWindow& bases, const ArrayDraft& draft, int side) {
  constexpr std::size_t kAsked = 32;
  const std::span<const std::int64_t> all(draft.starts);
  const std::size_t count = std::min(kAsked, all.size());
  const auto asked = side > 0 ? all.last(count) : all.first(count);
  return RepeatColumns(bases, asked).consensus({0, draft.length});
}

/// Seven bases in ten of a repeat.
bool is_repeat(const Place& place, int length) { return 10 * place.matches >= 7 * length; }

/// The next repeat on one side (-1, 1); where a spacer would be too short or too long there is
/// none.
Place next_repeat(const BaseWindow& bases, const ArrayDraft& draft, int side, std::int64_t floor) {
  const std::int64_t last = side > 0 ? draft.starts.back() : draft.starts.front();
  const std::int64_t nearest = draft.length + kShortestSpacer;
  const std::int64_t furthest = draft.length + kLongestSpacer;
  Places places{last + side * draft.period(), kSlack, last + nearest, last + furthest};
  if (side < 0) places.from = std::max(last - furthest, floor);
  if (side < 0) places.to = last - nearest;
  return best_place(bases, consensus_at(bases, draft, side), places);
}

/// How many columns from one end (of a first repeat the right one) still are the repeat's: the best
/// sum of 1 a match and -2 a mismatch.
int kept_columns(const BaseWindow& bases,
                 const RepeatPattern& pattern,
                 std::int64_t start,
                 bool from_right) {
  const int length = pattern.range.length();
  int sum = 0, best = 0, kept = 0;
  for (int i = 0; i < length; ++i) {
    const int column = from_right ? length - 1 - i : i;
    const bool fits =
        (pattern.fits[static_cast<std::size_t>(column)] >> bases[start + column] & 1) != 0;
    sum += fits ? 1 : -2;
    if (sum < best) continue;
    best = sum;
    kept = i + 1;
  }
  constexpr int kLeast = 11;
  return best >= kLeast ? kept : 0;
}

/// A piece of a repeat behind the last one, or before the first: a worn or cut one.
CrisprArray::Repeat cut_repeat(const BaseWindow& bases,
                               const ArrayDraft& draft,
                               const RepeatPattern& pattern,
                               bool left,
                               std::int64_t floor) {
  constexpr std::int64_t kCutSlack = 8;
  const std::int64_t last = left ? draft.starts.front() : draft.starts.back();
  const std::int64_t expected = last + (left ? -draft.period() : draft.period());
  CrisprArray::Repeat best;
  for (std::int64_t away = 0; away <= kCutSlack; ++away) {
    for (const std::int64_t start : {expected - away, expected + away}) {
      const std::int64_t spacer = std::abs(start - last) - draft.length;
      if (spacer < kShortestSpacer || spacer > kLongestSpacer) continue;
      const int kept = kept_columns(bases, pattern, start, left);
      const std::int64_t begin = left ? start + draft.length - kept : start;
      if (kept <= best.end - best.begin || begin < floor) continue;
      best = {begin, begin + kept};
    }
  }
  return best;
}

/// The first or last repeat loses what is not the repeat's.
void trim(const BaseWindow& bases, const RepeatPattern& pattern, bool left, CrisprArray& array) {
  constexpr int kWorthIt = 5;
  CrisprArray::Repeat& repeat = left ? array.repeats.front() : array.repeats.back();
  const int kept = kept_columns(bases, pattern, repeat.begin, left);
  if (kept == 0 || pattern.range.length() - kept < kWorthIt) return;
  if (left) repeat.begin = repeat.end - kept;
  if (!left) repeat.end = repeat.begin + kept;
}

/// Of the whole repeats, without what the first and the last lost.
double identity_of(const BaseWindow& bases,
                   const RepeatPattern& pattern,
                   const ArrayDraft& draft,
                   const CrisprArray& array) {
  std::int64_t matches = 0, columns = 0;
  for (std::size_t i = 0; i < draft.starts.size(); ++i) {
    const std::int64_t start = draft.starts[i];
    const CrisprArray::Repeat& repeat = array.repeats[i];
    RepeatPattern kept = pattern;
    std::rotate(kept.fits.begin(), kept.fits.begin() + (repeat.begin - start), kept.fits.end());
    kept.range = {0, static_cast<int>(repeat.end - repeat.begin)};
    matches += kept.matches(bases, repeat.begin);
    columns += kept.range.length();
  }
  return static_cast<double>(matches) / static_cast<double>(columns);
}

}  // namespace

double CrisprArray::mean_spacer() const {
  std::int64_t sum = 0;
  for (std::size_t i = 1; i < repeats.size(); ++i) sum += repeats[i].begin - repeats[i - 1].end;
  return static_cast<double>(sum) / static_cast<double>(repeats.size() - 1);
}

std::int64_t ArrayDraft::period() const {
  const auto gaps = static_cast<std::int64_t>(starts.size()) - 1;
  return (starts.back() - starts.front() + gaps / 2) / gaps;
}

bool Agreement::too_long() const {
  constexpr int kByChance = 14;  // of two copies columns agree by chance more often
  return right - left > kLongestRepeat + kByChance;
}

Agreement agreement_of(const BaseWindow& bases, std::int64_t second, std::int64_t distance) {
  constexpr int kReach = 80, kMismatch = 2, kDrop = 6;
  const auto grown = [&](int step) {
    int sum = 0, best = 0, end = 0;
    for (int i = 0; i < kReach; ++i) {
      const int column = step > 0 ? i : -1 - i;
      const int base = bases[second + column];
      sum +=
          base != BaseWindow::kNone && base == bases[second - distance + column] ? 1 : -kMismatch;
      if (sum > best) end = step > 0 ? column + 1 : column;
      best = std::max(best, sum);
      if (sum < best - kDrop) break;
    }
    return end;
  };
  return {second, distance, grown(-1), grown(1)};
}

std::optional<ArrayDraft> begun_array(const BaseWindow& bases,
                                      const Agreement& pair,
                                      std::int64_t floor) {
  const ColumnRange window = best_window(bases, pair, floor);
  if (window.length() == 0) return std::nullopt;
  const std::int64_t first = pair.second - pair.distance;
  const RepeatPattern either = either_of(bases, first, pair.second, window);
  for (const int side : {1, -1}) {
    const std::int64_t last = side > 0 ? pair.second : first;
    Places places{last + side * pair.distance, kSlackAtFirst, last + kNearestRepeat, 0};
    places.to = last + kFurthestRepeat;
    if (side < 0) places.from = std::max(last - kFurthestRepeat, floor - window.begin);
    if (side < 0) places.to = last - kNearestRepeat;
    const Place third = best_place(bases, either, places);
    if (third.matches < kAlikeInWindow) continue;
    std::array<std::int64_t, 3> starts{first, pair.second, third.start};
    std::ranges::sort(starts);
    if (auto draft = settled(bases, starts, window, floor)) return draft;
  }
  return std::nullopt;
}

bool grow_left(const BaseWindow& bases, ArrayDraft& draft, std::int64_t floor) {
  if (draft.starts.back() - draft.starts.front() > kLongestArray) return false;
  const Place place = next_repeat(bases, draft, -1, floor);
  if (!is_repeat(place, draft.length)) return false;
  draft.starts.insert(draft.starts.begin(), place.start);
  return true;
}

bool grow_right(const BaseWindow& bases, ArrayDraft& draft) {
  if (draft.starts.back() - draft.starts.front() > kLongestArray) return false;
  const Place place = next_repeat(bases, draft, 1, 0);
  if (!is_repeat(place, draft.length)) return false;
  draft.starts.push_back(place.start);
  return true;
}

std::optional<CrisprArray> finished_array(const BaseWindow& bases,
                                          ArrayDraft draft,
                                          std::int64_t floor) {
  const RepeatColumns columns(bases, draft.starts);
  ColumnRange range = columns.best_range({0, draft.length});
  range.begin = static_cast<int>(std::max<std::int64_t>(range.begin, floor - draft.starts.front()));
  if (range.length() < kShortestRepeat || range.length() > kLongestRepeat) return std::nullopt;
  for (std::int64_t& start : draft.starts) start += range.begin;
  draft.length = range.length();
  CrisprArray array;
  array.score = columns.bits(range);
  if (array.score < kLeastBitsInAll) return std::nullopt;
  if (!may_be_array(bases, draft.starts, draft.length)) return std::nullopt;
  RepeatPattern pattern = columns.consensus(range);
  pattern.range = {0, draft.length};
  for (const std::int64_t start : draft.starts) {
    array.repeats.push_back({start, start + draft.length});
  }
  for (int column = 0; column < draft.length; ++column) {
    const auto fits = static_cast<unsigned>(pattern.fits[static_cast<std::size_t>(column)]);
    array.consensus += "ACGT"[std::countr_zero(fits)];
  }
  if (repeats_itself(array.consensus)) return std::nullopt;
  const CrisprArray::Repeat before = cut_repeat(bases, draft, pattern, true, floor);
  const CrisprArray::Repeat behind = cut_repeat(bases, draft, pattern, false, floor);
  if (before.end == before.begin) trim(bases, pattern, true, array);
  if (behind.end == behind.begin) trim(bases, pattern, false, array);
  array.identity = identity_of(bases, pattern, draft, array);
  if (array.identity < least_identity(draft.starts.size(), draft.length)) return std::nullopt;
  if (before.end > before.begin) array.repeats.insert(array.repeats.begin(), before);
  if (behind.end > behind.begin) array.repeats.push_back(behind);
  return array;
}

}  // namespace heddle::pipeline
