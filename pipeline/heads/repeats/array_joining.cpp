#include "pipeline/heads/repeats/array_joining.h"

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

bool goes_on_as(const TandemArray& array, const TandemArray& next) {
  if (next.end <= array.end || std::min(array.period, next.period) < kLeastPeriod) return false;
  if (std::min(array.copies(), next.copies()) < kLeastCopies) return false;
  // Of worn copies the consensus may be a base or two longer or shorter.
  if (std::abs(array.period - next.period) > 1 + array.period / 50) return false;
  return alike(array, next);
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

}  // namespace

void join_arrays(std::vector<TandemArray>& arrays) {
  std::vector<bool> gone(arrays.size(), false);
  // What follows an array, and was not joined with another.
  const auto next_of = [&](std::size_t i) {
    const TandemArray& array = arrays[i];
    const auto behind = arrays.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto first = std::ranges::lower_bound(
        behind, arrays.end(), array.end - array.period, {}, &TandemArray::begin);
    for (auto next = first; next != arrays.end(); ++next) {
      if (next->begin > array.end + kMostApart * array.period) break;
      const auto place = static_cast<std::size_t>(next - arrays.begin());
      if (!gone[place] && goes_on_as(array, *next)) return place;
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
}

}  // namespace heddle::pipeline
