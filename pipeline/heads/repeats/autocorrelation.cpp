#include "pipeline/heads/repeats/autocorrelation.h"

#include "pipeline/heads/repeats/agreeing_words.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr int kShort = 60;  // distances with the weaker demands
constexpr std::size_t kWord = 64;

}  // namespace

Autocorrelation::Autocorrelation(int longest)
    : longest_(longest), back_(static_cast<std::size_t>(longest) / kWord + 2) {}

void Autocorrelation::load(const BaseRing& bases, std::int64_t begin, std::int64_t end) {
  words_ = (static_cast<std::size_t>(end - begin) + kWord - 1) / kWord;
  for (auto* plane : {&low_, &high_, &known_}) {
    plane->assign(back_ + words_ + kWordPadding, 0);
  }
  const std::int64_t origin = begin - static_cast<std::int64_t>(back_ * kWord);
  for (std::int64_t at = std::max(origin, bases.begin()); at < end; ++at) {
    const auto place = static_cast<std::size_t>(at - origin);
    const std::uint64_t code = bases[at];
    low_[place / kWord] |= (code & 1) << (place % kWord);
    high_[place / kWord] |= (code >> 1 & 1) << (place % kWord);
    known_[place / kWord] |= std::uint64_t{code < 4 ? 1u : 0u} << (place % kWord);
  }
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
  same_.assign(words_ + 1 + kWordPadding, 0);
  const BasePlanes planes{low_.data() + back_, high_.data() + back_, known_.data() + back_};
  for (int distance = 1; distance <= longest_ && !std::ranges::all_of(skip, skipped); ++distance) {
    compare_words(planes, words_, distance, same_.data());
    agreeing_.clear();
    agreeing_words(same_.data(), words_, distance <= kShort, agreeing_);
    for (const std::size_t word : agreeing_) {
      if (skip[word] != 0) continue;
      const std::int64_t at = begin + static_cast<std::int64_t>(word * kWord);
      const std::int64_t least = distance <= kShort ? 7 : 9;  // bases that are a run
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
