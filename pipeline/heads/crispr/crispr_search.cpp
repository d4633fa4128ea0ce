#include "pipeline/heads/crispr/crispr_search.h"

#include <algorithm>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kWord = 8;
constexpr std::uint32_t kFirstTime =
    1024;                               // later than what an empty table says by more than a ring
constexpr std::int64_t kBehind = 2048;  // bases left of a word that its array may hold
constexpr std::int64_t kSeenBehind = 256;       // and what is looked at left of these
constexpr std::int64_t kSmallestCircle = 2048;  // a smaller one is read as a line
constexpr std::int64_t kHead = kLongestArray + kBehind;

/// -1 where a base is not known.
std::int64_t code_of_word(const BaseWindow& bases, std::int64_t word) {
  std::int64_t code = 0;
  for (int i = 0; i < kWord; ++i) {
    const int base = bases[word + i];
    if (base == BaseWindow::kNone) return -1;
    code = code << 2 | base;
  }
  return code;
}

}  // namespace

CrisprSearch::CrisprSearch() : clock_(kFirstTime), latest_(std::size_t{1} << 2 * kWord) {}

void CrisprSearch::begin(bool circular) {
  clock_ += static_cast<std::uint32_t>(bases_.end()) + kFirstTime;
  bases_.clear();
  circular_ = circular;
  length_ = word_ = floor_ = 0;
  done_.fill(0);
  draft_.reset();
  head_.clear();
  held_.clear();
}

void CrisprSearch::push(std::string_view bases, std::vector<CrisprArray>& out) {
  if (circular_ && static_cast<std::int64_t>(head_.size()) < kHead) {
    head_ += bases.substr(0, static_cast<std::size_t>(kHead) - head_.size());
  }
  bases_.push(bases);
  length_ += static_cast<std::int64_t>(bases.size());
  run(false, out);
}

void CrisprSearch::finish(std::vector<CrisprArray>& out) {
  if (circular_ && length_ >= kSmallestCircle) bases_.push(head_);
  run(true, out);
  if (circular_) close_circle(out);
}

std::int64_t CrisprSearch::decided() const {
  return circular_ ? 0 : std::max(floor_, word_ - kBehind);
}

void CrisprSearch::run(bool to_end, std::vector<CrisprArray>& out) {
  const std::int64_t until = bases_.end() - (to_end ? kWord - 1 : kLooksAhead);
  for (;;) {
    if (draft_) {
      if (!grow(to_end)) break;
      settle(out);
    } else if (word_ < until) {
      look_at(word_);
    } else {
      break;
    }
  }
  bases_.forget(std::max<std::int64_t>(0, word_ - kBehind - kSeenBehind));
}

/// Looks at the same word again where an array began there.
void CrisprSearch::look_at(std::int64_t word) {
  const std::int64_t code = code_of_word(bases_, word);
  if (code >= 0) {
    const std::uint32_t now = clock_ + static_cast<std::uint32_t>(word);
    std::uint32_t time = latest_[static_cast<std::size_t>(code)];
    while (now - time <= static_cast<std::uint32_t>(kFurthestRepeat) && now != time) {
      const std::int64_t distance = now - time;
      if (distance >= kNearestRepeat && done_[static_cast<std::size_t>(distance)] <= word &&
          word - distance >= floor_ && code_of_word(bases_, word - distance) == code) {
        try_pair(word, distance);
        if (draft_) return;
      }
      time = before_[time % kRing];
    }
    remember(word);
  }
  ++word_;
}

void CrisprSearch::remember(std::int64_t word) {
  const std::int64_t code = code_of_word(bases_, word);
  if (code < 0) return;
  const std::uint32_t now = clock_ + static_cast<std::uint32_t>(word);
  before_[now % kRing] = std::exchange(latest_[static_cast<std::size_t>(code)], now);
}

void CrisprSearch::try_pair(std::int64_t second, std::int64_t distance) {
  const Agreement pair = agreement_of(bases_, second, distance);
  done_[static_cast<std::size_t>(distance)] = second + pair.right;  // words in it say the same
  if (pair.too_long()) return;
  const std::int64_t floor = std::max(floor_, word_ - kBehind);
  draft_ = begun_array(bases_, pair, floor);
  while (draft_ && grow_left(bases_, *draft_, floor)) {
  }
}

/// False: it waits for more bases.
bool CrisprSearch::grow(bool to_end) {
  do {
    if (!to_end && draft_->starts.back() + kLooksAhead > bases_.end()) return false;
  } while (grow_right(bases_, *draft_));
  return true;
}

void CrisprSearch::settle(std::vector<CrisprArray>& out) {
  const ArrayDraft draft = std::move(*std::exchange(draft_, std::nullopt));
  auto array = finished_array(bases_, draft, std::max(floor_, word_ - kBehind));
  if (array) {
    floor_ = array->end();
    word_ = std::max(word_, floor_);
    (circular_ ? held_ : out).push_back(std::move(*array));
    return;
  }
  constexpr std::int64_t kLikely = 16;  // distances that would lead to it again
  const std::int64_t from = std::max<std::int64_t>(kNearestRepeat, draft.period() - kLikely);
  const std::int64_t to = std::min<std::int64_t>(kFurthestRepeat, draft.period() + kLikely);
  for (std::int64_t distance = from; distance <= to; ++distance) {
    std::int64_t& done = done_[static_cast<std::size_t>(distance)];
    done = std::max(done, draft.starts.back() + draft.length);
  }
}

/// Behind its end the circle was read on: what began there is known, what crossed the origin takes
/// the place of its parts.
void CrisprSearch::close_circle(std::vector<CrisprArray>& out) {
  std::erase_if(held_, [this](const CrisprArray& array) { return array.begin() >= length_; });
  if (!held_.empty() && held_.back().end() > length_) {
    CrisprArray& crossing = held_.back();
    while (crossing.end() > crossing.begin() + length_) crossing.repeats.pop_back();
    const std::int64_t beyond = crossing.end() - length_;
    const auto last = held_.end() - 1;
    held_.erase(
        std::remove_if(
            held_.begin(), last, [&](const CrisprArray& array) { return array.begin() < beyond; }),
        last);
  }
  for (CrisprArray& array : std::exchange(held_, {})) out.push_back(std::move(array));
}

void CrisprSearch::snapshot(io::Snapshot& s) {
  s(bases_, circular_, length_, word_, floor_, done_, draft_, head_, held_);
  if (!s.loading()) return;
  clock_ = kFirstTime;
  std::ranges::fill(latest_, 0);
  const std::int64_t from = std::max({floor_, word_ - kFurthestRepeat, std::int64_t{0}});
  for (std::int64_t word = from; word < word_; ++word) remember(word);
}

std::vector<CrisprArray> crispr_arrays_slow(std::string_view letters) {
  BaseWindow bases;
  bases.push(letters);
  std::vector<CrisprArray> found;
  std::array<std::int64_t, kFurthestRepeat + 1> done{};
  std::int64_t floor = 0;
  for (std::int64_t word = 0; word + kWord <= bases.end(); ++word) {
    for (std::int64_t distance = kNearestRepeat; distance <= kFurthestRepeat; ++distance) {
      std::int64_t& known = done[static_cast<std::size_t>(distance)];
      const std::int64_t first = word - distance;
      if (known > word || first < floor || word < floor) continue;
      const std::int64_t code = code_of_word(bases, word);
      if (code < 0 || code != code_of_word(bases, first)) continue;
      const Agreement pair = agreement_of(bases, word, distance);
      known = word + pair.right;
      const std::int64_t leftmost = std::max(floor, word - kBehind);
      auto draft = pair.too_long() ? std::nullopt : begun_array(bases, pair, leftmost);
      if (!draft) continue;
      while (grow_left(bases, *draft, leftmost)) {
      }
      while (grow_right(bases, *draft)) {
      }
      if (auto array = finished_array(bases, *draft, leftmost)) {
        floor = array->end();
        found.push_back(std::move(*array));
        continue;
      }
      for (std::int64_t near = -16; near <= 16; ++near) {
        const std::int64_t like = draft->period() + near;
        if (like < kNearestRepeat || like > kFurthestRepeat) continue;
        std::int64_t& also = done[static_cast<std::size_t>(like)];
        also = std::max(also, draft->starts.back() + draft->length);
      }
    }
  }
  return found;
}

}  // namespace heddle::pipeline
