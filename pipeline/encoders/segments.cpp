#include "pipeline/encoders/segments.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {

SegmentFeed::SegmentFeed(io::Source& source, SegmentGrid grid, Topology topology)
    : source_(source), grid_(grid), topology_(topology) {
  if (grid.length < 1 || grid.halo < 0 || grid.halo > (grid.length - 1) / 2) {
    throw std::invalid_argument("segments of " + std::to_string(grid.length) +
                                " bases leave no core between halos of " +
                                std::to_string(grid.halo));
  }
  if (grid.step < 0 || (grid.step > 0 && grid.length % grid.step != 0) || grid.margin < 0 ||
      grid.margin > grid.halo) {
    throw std::invalid_argument("windows in steps of " + std::to_string(grid.step) +
                                " with a margin of " + std::to_string(grid.margin) +
                                " do not fit segments of " + std::to_string(grid.length) +
                                " with halos of " + std::to_string(grid.halo));
  }
}

/// Of a circle that was gathered, as far as its segments go.
std::int64_t SegmentFeed::position() const {
  const std::int64_t at = source_.position();
  if (!circular_ || received_ == 0) return at;
  const double share = static_cast<double>(core_begin_) / static_cast<double>(received_);
  return source_begin_ + static_cast<std::int64_t>(share * static_cast<double>(at - source_begin_));
}

bool SegmentFeed::start_sequence() {
  source_begin_ = source_.position();
  std::optional<io::Sample> sample = source_.next();
  if (!sample) return false;
  auto& piece = std::get<io::Sequence>(*sample);
  active_ = true;
  ended_ = false;
  core_begin_ = received_ = window_begin_ = 0;
  window_.clear();
  head_.clear();
  sequence_ = io::Sequence{};
  sequence_.kind = piece.kind;
  sequence_.name = piece.name;
  // A contig's length may be said by its last piece: before the end it would depend on the pieces.
  if (piece.kind == io::Sequence::Kind::kRead) sequence_.length = piece.length;
  sequence_.placement = std::move(piece.placement);
  sequence_.records = std::move(piece.records);
  sequence_.record_bytes = piece.record_bytes;
  circular_ =
      piece.kind == io::Sequence::Kind::kContig &&
      (topology_ == Topology::kCircular || (topology_ == Topology::kFromSource && piece.circular));
  take(piece);
  return true;
}

void SegmentFeed::take(const io::Sequence& piece) {
  window_ += piece.bases;
  if (circular_) {
    const auto wanted = static_cast<std::size_t>(grid_.length);
    if (head_.size() < wanted) head_ += piece.bases.substr(0, wanted - head_.size());
  }
  received_ += static_cast<std::int64_t>(piece.bases.size());
  ended_ = piece.last;
}

char SegmentFeed::base_at(std::int64_t position) const {
  const bool beyond = position < 0 || position >= received_;
  if (!beyond) return window_[static_cast<std::size_t>(position - window_begin_)];
  if (!circular_ || received_ == 0) return 'N';
  if (position < 0) {  // before the first cut: all that has come is there
    if (!ended_ || received_ > grid_.longest_whole) return 'N';
    return window_[static_cast<std::size_t>(received_ - 1 - (-position - 1) % received_)];
  }
  return head_[static_cast<std::size_t>((position - received_) % received_)];
}

/// The sequence has ended, and one window holds all of it between two margins.
bool SegmentFeed::fits_one_window() const {
  return grid_.step > 0 && !circular_ && ended_ && core_begin_ == 0 &&
         received_ + 2 * grid_.margin <= grid_.length;
}

/// Where the window of the chosen core lies. Sizes its bases.
void SegmentFeed::choose_window(Segment& segment) const {
  const std::int64_t left = fits_one_window() ? grid_.margin : grid_.halo;
  std::int64_t length = grid_.length;
  if (grid_.step > 0 && !circular_ && segment.last) {
    const std::int64_t needed = left + (segment.core_end - segment.core_begin) + grid_.margin;
    length = (needed + grid_.step - 1) / grid_.step * grid_.step;
  }
  segment.begin = segment.core_begin - left;
  segment.bases.resize(static_cast<std::size_t>(length));
}

void SegmentFeed::cut(Segment& segment) {
  const std::int64_t core = fits_one_window() ? received_ : grid_.length - 2 * grid_.halo;
  segment.sequence = sequence_.name;
  segment.kind = sequence_.kind;
  segment.core_begin = core_begin_;
  segment.core_end = ended_ ? std::min(core_begin_ + core, received_) : core_begin_ + core;
  segment.first = core_begin_ == 0;
  segment.last = ended_ && segment.core_end == received_;
  segment.circular = circular_;
  segment.placement = std::exchange(sequence_.placement, nullptr);
  segment.records = std::exchange(sequence_.records, nullptr);
  segment.length = segment.last ? received_ : sequence_.length.value_or(-1);
  choose_window(segment);
  for (std::size_t i = 0; i < segment.bases.size(); ++i) {
    segment.bases[i] = base_at(segment.begin + static_cast<std::int64_t>(i));
  }
  core_begin_ = segment.core_end;
  active_ = !segment.last;
  trim();
}

/// Forgets what no later segment shows, in steps: moving more than it frees would be quadratic in
/// the length of a sequence that comes in one piece.
void SegmentFeed::trim() {
  const std::int64_t unneeded = std::min(core_begin_ - grid_.halo, received_) - window_begin_;
  if (2 * unneeded <= static_cast<std::int64_t>(window_.size())) return;
  window_.erase(0, static_cast<std::size_t>(unneeded));
  window_begin_ += unneeded;
}

/// Enough to see whether the sequence ends in the next segment, and what lies left of a circle.
void SegmentFeed::gather() {
  std::int64_t needed = core_begin_ + grid_.length;
  if (circular_ && core_begin_ == 0) needed = std::max(needed, grid_.longest_whole + 1);
  while (!ended_ && received_ < needed) {
    std::optional<io::Sample> sample = source_.next();
    if (!sample) throw io::InputError(sequence_.name + ": the source ended inside the sequence");
    take(std::get<io::Sequence>(*sample));
  }
}

bool SegmentFeed::next(Item& item) {
  if (!active_ && !start_sequence()) return false;
  gather();
  item.segment.emplace();
  cut(*item.segment);
  const std::int64_t scores = grid_.scores * (item.segment->core_end - item.segment->core_begin);
  item.bytes = item.segment->bases.size() + static_cast<std::size_t>(scores) * sizeof(float) +
               std::exchange(sequence_.record_bytes, 0);
  return true;
}

}  // namespace heddle::pipeline
