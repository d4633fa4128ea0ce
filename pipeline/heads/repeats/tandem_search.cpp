#include "pipeline/heads/repeats/tandem_search.h"

#include "pipeline/heads/repeats/array_joining.h"
#include "pipeline/heads/repeats/array_selection.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <tuple>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kHeld = std::int64_t{1} << 20;
constexpr double kLeastCopies = 1.7;
constexpr double kFewCopies = 1.95;  // below, and below kClearScore, the copies must be alike
constexpr double kFewIdentity = 0.92;
constexpr std::int64_t kClearScore = 150;
constexpr std::int64_t kOpen = 2048;     // bases from which an array need not be aligned anew
constexpr std::int64_t kStretch = 1024;  // bases that share one bound,
// of so many bases aligned for each of them; beyond it what is left of as much again for each base
// of the block, up to kMostWork.
constexpr std::int64_t kOwnWork = 64;
constexpr std::int64_t kMostWork = 512;
constexpr std::size_t kMostOpen = 8;

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

}  // namespace

TandemSearch::TandemSearch(const RepeatOptions& options)
    : options_(options), bases_(kHeld), autocorrelation_(options.max_period) {}

void TandemSearch::begin() {
  bases_.reset();
  block_begin_ = 0;
  cover_.reset();
  waiting_.clear();
  open_.clear();
  found_.clear();
}

void TandemSearch::push(std::string_view letters) {
  block_begin_ = bases_.end();
  bases_.push(letters);
  cover_.begin(block_begin_, bases_.end());
  const auto before = static_cast<std::ptrdiff_t>(found_.size());
  renew_budget();
  grow_open();
  look_again(false);
  autocorrelation_.echoes(
      bases_, block_begin_, bases_.end(), cover_.owned(), [this](const Echo& echo) {
        return look_into(echo, false);
      });
  select_arrays(open_);
  if (open_.size() > kMostOpen) {
    std::ranges::stable_sort(open_, std::greater{}, &TandemArray::score);
    open_.resize(kMostOpen);
  }
  for (const TandemArray& array : open_) cover_.own(array);
  for (auto array = found_.begin() + before; array != found_.end(); ++array) cover_.own(*array);
}

/// What may be spent on the block that is held.
void TandemSearch::renew_budget() {
  const std::int64_t bases = bases_.end() - block_begin_;
  spare_ = kOwnWork * bases;
  spent_.assign(static_cast<std::size_t>(bases / kStretch + 1), 0);
}

/// The shortest periods first: longer ones are then explained.
void TandemSearch::look_again(bool last) {
  std::vector<Echo> again = std::exchange(waiting_, {});
  std::ranges::sort(
      again, {}, [](const Echo& echo) { return std::tuple(echo.distance, echo.begin); });
  for (const Echo& echo : again) look_into(echo, last);
}

void TandemSearch::grow_open() {
  std::vector<TandemArray> still;
  for (TandemArray& array : open_) {
    alignment_.resume(bases_, array);
    cover_.add(array);
    cover_.own(array);
    (array.limited ? still : found_).push_back(std::move(array));
  }
  open_ = std::move(still);
}

/// Of an echo in an earlier block: the first of this one.
std::int64_t& TandemSearch::spent_at(std::int64_t position) {
  const std::int64_t stretch = std::max<std::int64_t>(0, (position - block_begin_) / kStretch);
  return spent_[static_cast<std::size_t>(stretch)];
}

bool TandemSearch::affords(std::int64_t position) {
  const std::int64_t spent = spent_at(position);
  return spent < kStretch * kOwnWork || (spent < kStretch * kMostWork && spare_ > 0);
}

void TandemSearch::spend(std::int64_t position, std::int64_t work) {
  std::int64_t& spent = spent_at(position);
  spent += work;
  spare_ -= std::clamp<std::int64_t>(spent - kStretch * kOwnWork, 0, work);
}

bool TandemSearch::accepts(const TandemArray& array) const {
  if (array.copies() < kFewCopies && array.score < kClearScore && array.identity() < kFewIdentity) {
    return false;
  }
  return array.score >= options_.min_tandem_score && array.copies() >= kLeastCopies;
}

/// What was found there, told or not.
Span TandemSearch::look_into(const Echo& echo, bool last) {
  const std::int64_t anchor = echo.run - echo.distance;
  if (anchor < bases_.begin() || !affords(echo.run) || cover_.explains(echo)) return {};
  if (!promising(bases_, echo)) return {};
  const std::int64_t before = alignment_.work();
  TandemArray array = alignment_.align(bases_, anchor, echo.distance, options_.min_tandem_score);
  spend(echo.run, alignment_.work() - before);
  const Span span{array.begin, array.end};
  const bool goes_on = array.limited && !last;
  if (goes_on && (array.length() < kOpen || !accepts(array))) {
    if (accepts(array)) cover_.add_for_now(array);
    waiting_.push_back(echo);
  } else if (accepts(array)) {
    cover_.add(array);
    (goes_on ? open_ : found_).push_back(std::move(array));
  }
  return span;
}

std::vector<TandemArray> TandemSearch::finish() {
  cover_.begin(block_begin_, bases_.end());  // what was known for now is not known any more
  renew_budget();
  look_again(true);
  found_.insert(
      found_.end(), std::make_move_iterator(open_.begin()), std::make_move_iterator(open_.end()));
  std::vector<TandemArray> arrays = std::exchange(found_, {});
  select_arrays(arrays);
  join_arrays(arrays);
  begin();
  return arrays;
}

}  // namespace heddle::pipeline
