#include "pipeline/heads/repeats/array_cover.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kWord = 64;
// Below, arrays come in pieces, and copies of one another are no longer alike: what is alike there
// are groups of copies, which the search for pairs finds best if nothing is hidden from it.
constexpr double kTornApart = 0.82;
constexpr double kWorn = 0.95;  // identity below which patterns of several copies may be better,
constexpr std::int64_t kLonger = 1024;  // and in shorter ones other copies of the same pattern

}  // namespace

bool is_multiple(int distance, int period) {
  const int rest = distance % period;
  const int off = std::min(rest, period - rest);
  return distance + off >= period && off <= distance / 20;
}

void ArrayCover::reset() {
  stretches_.clear();
  begin(0, 0);
}

void ArrayCover::begin(std::int64_t begin, std::int64_t end) {
  begin_ = begin;
  end_ = end;
  const auto words = static_cast<std::size_t>((end - begin + kWord - 1) / kWord);
  by_word_.resize(words);
  for (auto& word : by_word_) word.clear();
  owned_.assign(words, 0);
  std::erase_if(stretches_, [begin](const Stretch& stretch) {
    return stretch.for_now || stretch.end + kSlack <= begin;
  });
  std::vector<Stretch> before;
  before.swap(stretches_);
  for (const Stretch& stretch : before) enter(stretch);
}

void ArrayCover::enter(const Stretch& stretch) {
  const auto index = static_cast<std::uint32_t>(stretches_.size());
  stretches_.push_back(stretch);
  const std::int64_t first = std::max(stretch.begin, begin_), last = stretch.end + kSlack;
  for (std::int64_t at = first - (first - begin_) % kWord; at < std::min(last, end_); at += kWord) {
    by_word_[static_cast<std::size_t>((at - begin_) / kWord)].push_back(index);
  }
}

void ArrayCover::add(const TandemArray& array) {
  const bool worn = array.identity() < kWorn;
  enter({array.begin, array.end, array.period, worn, false});
  if (!worn) own(array);
}

void ArrayCover::own(const TandemArray& array) {
  if (array.length() < kLong || array.identity() < kTornApart) return;
  const std::int64_t first = (std::max(array.begin, begin_) - begin_ + kWord - 1) / kWord;
  // What goes on where the bases end has its last word too; so has one that ends a short word.
  const std::int64_t last = array.limited || array.end >= end_
                                ? static_cast<std::int64_t>(owned_.size())
                                : (array.end - begin_) / kWord;
  for (std::int64_t word = first; word < last; ++word) owned_[static_cast<std::size_t>(word)] = 1;
}

void ArrayCover::add_for_now(const TandemArray& array) {
  enter({array.begin, array.end, array.period, array.identity() < kWorn, true});
}

/// A clean array agrees with itself at every multiple of its period; in a worn one patterns of
/// several copies may be the better ones, and in a short worn one a part with a pattern of its own.
bool ArrayCover::explains(const Echo& echo) const {
  const std::int64_t word = (echo.run - begin_) / kWord;
  if (echo.run < begin_ || word >= static_cast<std::int64_t>(by_word_.size())) return false;
  return std::ranges::any_of(by_word_[static_cast<std::size_t>(word)], [&](std::uint32_t index) {
    const Stretch& on = stretches_[index];
    if (on.worn && on.end - on.begin < kLonger) return false;
    if (on.begin > echo.run - echo.distance + kSlack || on.end + kSlack <= echo.run + 7) {
      return false;
    }
    const bool worn = on.worn && echo.distance <= 4 * on.period;
    return is_multiple(echo.distance, on.period) &&
           (!worn || echo.distance < on.period + (on.period + 1) / 2);
  });
}

}  // namespace heddle::pipeline
