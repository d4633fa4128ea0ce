#include "pipeline/heads/repeats/autocorrelation.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::uint64_t kOf16 = 13, kOf24 = 17, kOf32 = 21;  // bases of a dense window that agree
constexpr int kShort = 60;                                   // distances with the weaker demands
constexpr std::size_t kWord = 64;
constexpr std::uint64_t kEven = 0x0f0f0f0f0f0f0f0fu;  // every other nibble

/// How many bits are set of each four.
std::uint64_t fours(std::uint64_t bits) {
  bits -= bits >> 1 & 0x5555555555555555u;
  return (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
}

/// Bits of a row of words moved to later places.
std::uint64_t later(const std::uint64_t* words, std::size_t word, unsigned by) {
  return words[word] << by | words[word - 1] >> 1 >> (63 - by);
}

}  // namespace

Autocorrelation::Autocorrelation(int longest)
    : longest_(longest), back_(static_cast<std::size_t>(longest) / kWord + 2) {}

void Autocorrelation::load(const BaseRing& bases, std::int64_t begin, std::int64_t end) {
  words_ = (static_cast<std::size_t>(end - begin) + kWord - 1) / kWord;
  for (auto* plane : {&low_, &high_, &known_}) plane->assign(back_ + words_, 0);
  const std::int64_t origin = begin - static_cast<std::int64_t>(back_ * kWord);
  for (std::int64_t at = std::max(origin, bases.begin()); at < end; ++at) {
    const auto place = static_cast<std::size_t>(at - origin);
    const std::uint64_t code = bases[at];
    low_[place / kWord] |= (code & 1) << (place % kWord);
    high_[place / kWord] |= (code >> 1 & 1) << (place % kWord);
    known_[place / kWord] |= std::uint64_t{code < 4 ? 1u : 0u} << (place % kWord);
  }
}

/// same_: which bases equal the one `distance` before them.
void Autocorrelation::compare(int distance) {
  const std::size_t whole = static_cast<std::size_t>(distance) / kWord;
  const auto part = static_cast<unsigned>(distance % static_cast<int>(kWord));
  const std::uint64_t* const low = low_.data() + back_ - whole;
  const std::uint64_t* const high = high_.data() + back_ - whole;
  const std::uint64_t* const known = known_.data() + back_ - whole;
  for (std::size_t word = 0; word < words_; ++word) {
    const std::uint64_t differ = (low_[back_ + word] ^ later(low, word, part)) |
                                 (high_[back_ + word] ^ later(high, word, part));
    same_[word + 1] = ~differ & known_[back_ + word] & later(known, word, part);
  }
}

/// runs_: which bases end a run in same_: of 7 by doubling, 2, 4, 7; of 9: 2, 4, 8, 9.
void Autocorrelation::find_runs(int distance) {
  runs_ = same_;
  static constexpr std::array kSeven = {1u, 2u, 3u};
  static constexpr std::array kNine = {1u, 2u, 4u, 1u};
  const std::span<const unsigned> steps =
      distance <= kShort ? std::span<const unsigned>(kSeven) : std::span<const unsigned>(kNine);
  for (const unsigned step : steps) {
    for (std::size_t word = words_; word > 0; --word)
      runs_[word] &= later(runs_.data(), word, step);
  }
}

/// A run ends in the word, or a window that ends in it, at steps of 4 bases, is dense.
bool Autocorrelation::agrees(std::size_t word, int distance) const {
  if (runs_[word + 1] != 0) return true;
  const std::uint64_t here = fours(same_[word + 1]), before = fours(same_[word]);
  const auto window = [&](int nibbles) {  // counts of so many fours that end at each four
    std::uint64_t even = here & kEven, odd = here >> 4 & kEven;
    for (int back = 1; back < nibbles; ++back) {
      const std::uint64_t moved = here << 4 * back | before >> (64 - 4 * back);
      even += moved & kEven;
      odd += moved >> 4 & kEven;
    }
    return std::pair(even, odd);
  };
  const auto dense = [](std::pair<std::uint64_t, std::uint64_t> counts, std::uint64_t least) {
    const std::uint64_t lift = (0x80 - least) * 0x0101010101010101u;
    return (((counts.first + lift) | (counts.second + lift)) & 0x8080808080808080u) != 0;
  };
  if (dense(window(6), kOf24) || dense(window(8), kOf32)) return true;
  return distance <= kShort && dense(window(4), kOf16);
}

/// Of those that end in the word or at the end of the next; bases `without` count as different. In
/// places from the word's start.
Span Autocorrelation::longest_run(std::size_t word, Span without) const {
  Span best;
  std::int64_t run = 0;
  for (std::size_t place = 0; place < 2 * kWord && word + place / kWord < words_; ++place) {
    const auto at = static_cast<std::int64_t>(place);
    const bool same = (same_[word + place / kWord + 1] >> (place % kWord) & 1) != 0;
    run = same && (at < without.begin || at >= without.end) ? run + 1 : 0;
    if (run == 0 && place >= kWord) break;
    if (run > best.end - best.begin) best = {at - run + 1, at + 1};
  }
  return best;
}

void Autocorrelation::echoes(const BaseRing& bases,
                             std::int64_t begin,
                             std::int64_t end,
                             const std::vector<std::uint8_t>& skip,
                             const std::function<Span(const Echo&)>& see) {
  const auto skipped = [](std::uint8_t word) { return word != 0; };
  load(bases, begin, end);
  same_.assign(words_ + 1, 0);
  for (int distance = 1; distance <= longest_ && !std::ranges::all_of(skip, skipped); ++distance) {
    compare(distance);
    find_runs(distance);
    for (std::size_t word = 0; word < words_; ++word) {
      if (skip[word] != 0 || !agrees(word, distance)) continue;
      const std::int64_t at = begin + static_cast<std::int64_t>(word * kWord);
      const std::int64_t least = distance <= kShort ? 7 : 9;  // bases, as find_runs() has it
      const Span longest = longest_run(word, {});
      const Span found = see({distance, at, at + longest.begin});
      // Several short arrays may share a word.
      const Span known =
          found.empty() ? longest : Span{found.begin + distance - at, found.end - at};
      const Span other = longest_run(word, known);
      if (other.end - other.begin >= least) see({distance, at, at + other.begin});
    }
  }
}

}  // namespace heddle::pipeline
