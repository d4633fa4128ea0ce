#include "pipeline/heads/repeats.h"

#include "pipeline/heads/repeats/repeat_records.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::pipeline {
namespace {

const Segment& segment_of(const Item& item) {
  if (!item.segment) {
    throw std::logic_error("repeats: item " + std::to_string(item.number) + " has no segment");
  }
  return *item.segment;
}

/// The bases of the core; N where they are not known.
std::string core_of(const Segment& segment, bool known) {
  const auto count = static_cast<std::size_t>(segment.core_end - segment.core_begin);
  if (!known) return std::string(count, 'N');
  return segment.bases.substr(static_cast<std::size_t>(segment.core_begin - segment.begin), count);
}

/// Small letters for what lies in long arrays, and for nothing else: the mark by which the search
/// for pairs knows them.
void mark(Segment& segment, const std::vector<std::uint8_t>& owned) {
  constexpr std::int64_t kWord = 64;
  const std::int64_t count = segment.core_end - segment.core_begin;
  for (std::int64_t at = 0; at < count; ++at) {
    char& letter = segment.bases[static_cast<std::size_t>(segment.core_begin - segment.begin + at)];
    const auto code = static_cast<unsigned char>(letter);
    const bool small = owned[static_cast<std::size_t>(at / kWord)] != 0;
    letter = static_cast<char>(small ? std::tolower(code) : std::toupper(code));
  }
}

/// Intervals by where they begin; the sequence's start stays first, pairs keep their place.
void order_intervals(std::vector<io::Record>& records) {
  const auto begin_of = [](const io::Record& record) {
    if (std::holds_alternative<io::SequenceStart>(record)) return std::int64_t{-1};
    const auto* interval = std::get_if<io::Interval>(&record);
    return interval == nullptr ? std::int64_t{1} << 62 : interval->parts.front().start;
  };
  std::ranges::stable_sort(records, {}, begin_of);
}

}  // namespace

SegmentGrid repeat_grid() { return {.length = 1 << 16, .halo = 0}; }

void TandemHead::process(Item& item) { take(item, true); }

void TandemHead::skip(Item& item) {
  if (item.segment) take(item, false);
}

void TandemHead::take(Item& item, bool known) {
  const Segment& segment = segment_of(item);
  TandemSearch& search =
      lanes_.of(item.lane, [this] { return std::make_unique<TandemSearch>(options_); });
  if (segment.first) began_ = item.number;
  if (segment.last) began_ = StageState::kNothing;
  if (segment.first) {
    search.begin();
    item.records.emplace_back(
        io::SequenceStart{segment.sequence, segment.length, segment.circular});
  }
  search.push(core_of(segment, known));
  mark(*item.segment, search.owned());
  if (!segment.last) return;
  for (const TandemArray& array : search.finish()) {
    item.records.emplace_back(tandem_record(segment.sequence, array));
  }
}

void PairHead::process(Item& item) { take(item, true); }

void PairHead::skip(Item& item) {
  if (item.segment) take(item, false);
}

void PairHead::take(Item& item, bool known) {
  const Segment& segment = segment_of(item);
  PairSearch& search =
      lanes_.of(item.lane, [this] { return std::make_unique<PairSearch>(options_); });
  if (segment.first) began_ = item.number;
  if (segment.last) began_ = StageState::kNothing;
  if (segment.first) search.begin();
  search.push(core_of(segment, known));
  if (!segment.last) return;
  std::vector<RepeatPair> pairs = search.finish();
  leave_out_pairs_in_arrays(arrays_in(item.records), pairs);
  append_pair_records(segment.sequence, segment.core_end, pairs, options_.max_period, item.records);
  order_intervals(item.records);
  item.records.emplace_back(io::SequenceEnd{segment.sequence, segment.core_end});
}

}  // namespace heddle::pipeline
