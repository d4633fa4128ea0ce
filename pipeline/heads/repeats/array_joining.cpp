#include "pipeline/heads/repeats/array_joining.h"

#include "pipeline/heads/repeats/array_cover.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kLeastPeriod = 10;
constexpr double kLeastCopies = 4;
constexpr std::int64_t kMostApart = 2;  // copies
// Of worn arrays the best way through a few copies is lost: they may be apart by this part of the
// shorter one.
constexpr double kWorn = 0.9;
constexpr std::int64_t kApartOfWorn = 2;
// That a long array and one beside it have the same period of so many bases is no chance, whatever
// their patterns have become.
constexpr int kTellingPeriod = 60;
constexpr double kManyCopies = 16;  // of an array whose parts say nothing more
constexpr double kInside = 0.9;     // of an array: it is a part of another
// Identity that a part must have more than the whole to be told: a pattern of its own, of as many
// bases or of a multiple, always fits a little better.
constexpr double kBetter = 0.05;
constexpr std::size_t kWord = 6;
constexpr double kAlike = 1.0 / 3;

/// The words of a pattern that has no end, sorted.
std::vector<std::uint32_t> words_of(const std::vector<std::uint8_t>& pattern) {
  std::vector<std::uint32_t> words;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < kWord; ++i) word = word << 2 | pattern[(at + i) % pattern.size()];
    words.push_back(word);
  }
  std::ranges::sort(words);
  return words;
}

bool alike(const TandemArray& a, const TandemArray& b) {
  const std::vector<std::uint32_t> first = words_of(a.consensus), second = words_of(b.consensus);
  std::vector<std::uint32_t> both;
  std::ranges::set_intersection(first, second, std::back_inserter(both));
  return static_cast<double>(both.size()) >=
         kAlike * static_cast<double>(std::min(first.size(), second.size()));
}

/// Bases that may lie between two arrays that are one.
std::int64_t most_apart(const TandemArray& a, const TandemArray& b) {
  const std::int64_t copies = kMostApart * a.period;
  if (std::max(a.identity(), b.identity()) > kWorn) return copies;
  if (std::max(a.copies(), b.copies()) < kManyCopies) return copies;
  return std::max(copies, std::min(a.length(), b.length()) / kApartOfWorn);
}

bool is_like(const TandemArray& a, const TandemArray& b) {
  // Of worn copies the consensus may be a base or two longer or shorter.
  return std::abs(a.period - b.period) <= 1 + a.period / 50;
}

/// Does it say nothing that the whole does not?
bool is_mere_part(const TandemArray& part, const TandemArray& whole) {
  const std::int64_t shared = std::min(part.end, whole.end) - std::max(part.begin, whole.begin);
  if (static_cast<double>(shared) < kInside * static_cast<double>(part.length())) return false;
  if (part.length() >= whole.length() || whole.period < kLeastPeriod) return false;
  if (whole.copies() < kManyCopies || part.identity() > whole.identity() + kBetter) return false;
  return (is_like(whole, part) || is_multiple(part.period, whole.period)) && alike(whole, part);
}

bool goes_on_as(const TandemArray& array, const TandemArray& next) {
  if (next.end <= array.end || std::min(array.period, next.period) < kLeastPeriod) return false;
  if (std::min(array.copies(), next.copies()) < kLeastCopies) return false;
  if (next.begin > array.end + most_apart(array, next)) return false;
  const bool long_one = std::max(array.copies(), next.copies()) >= kManyCopies;
  if (next.begin < array.end - array.period && !long_one) return false;
  if (!is_like(array, next)) return false;
  return (long_one && array.period >= kTellingPeriod) || alike(array, next);
}

void append(TandemArray& array, TandemArray& next) {
  const std::int64_t apart = next.begin - array.end;
  if (next.score > array.score) {
    array.period = next.period;
    array.consensus = std::move(next.consensus);
  }
  array.score += next.score;
  array.matches += next.matches;
  array.columns += next.columns + std::max<std::int64_t>(0, apart);
  if (apart < 0) {  // those that they share counted twice
    const double once = static_cast<double>(next.end - array.begin) /
                        static_cast<double>(next.end - array.begin - apart);
    array.score = static_cast<std::int64_t>(once * static_cast<double>(array.score));
    array.matches = static_cast<std::int64_t>(once * static_cast<double>(array.matches));
    array.columns = static_cast<std::int64_t>(once * static_cast<double>(array.columns));
  }
  array.end = next.end;
  array.limited = next.limited;
  array.next_place = next.next_place;
}

/// `arrays`: by begin.
void leave_out_mere_parts(std::vector<TandemArray>& arrays) {
  std::vector<bool> mere(arrays.size(), false);
  for (const TandemArray& whole : arrays) {
    const auto first =
        std::ranges::lower_bound(arrays, whole.begin - whole.period, {}, &TandemArray::begin);
    for (auto part = first; part != arrays.end() && part->begin < whole.end; ++part) {
      const auto place = static_cast<std::size_t>(part - arrays.begin());
      mere[place] = mere[place] || is_mere_part(*part, whole);
    }
  }
  std::size_t i = 0;
  std::erase_if(arrays, [&](const TandemArray&) { return mere[i++]; });
}

}  // namespace

void join_arrays(std::vector<TandemArray>& arrays) {
  std::vector<bool> gone(arrays.size(), false);
  // What goes on where an array ends, and was not joined with another; the first that does.
  const auto next_of = [&](std::size_t i) {
    const TandemArray& array = arrays[i];
    const std::int64_t furthest =
        array.end + std::max(kMostApart * array.period, array.length() / kApartOfWorn);
    for (std::size_t next = i + 1; next < arrays.size(); ++next) {
      if (arrays[next].begin > furthest) break;
      if (!gone[next] && goes_on_as(array, arrays[next])) return next;
    }
    return arrays.size();
  };
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (gone[i]) continue;
    for (std::size_t next = next_of(i); next < arrays.size(); next = next_of(i)) {
      append(arrays[i], arrays[next]);
      gone[next] = true;
    }
  }
  std::size_t i = 0;
  std::erase_if(arrays, [&](const TandemArray&) { return gone[i++]; });
  leave_out_mere_parts(arrays);
}

}  // namespace heddle::pipeline
