#include "pipeline/heads/genes.h"

#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>
#include <variant>

namespace heddle::pipeline {

GeneHead::Lane::Lane(const GeneOptions& options, const GeneClasses& classes) : genes(options) {
  if (classes.rna) rnas.emplace(*classes.rna);
}

void GeneHead::Lane::snapshot(io::Snapshot& s) {
  s(genes);
  if (rnas) s(*rnas, coding, rna);
}

GeneHead::GeneHead(const GeneOptions& options, int lanes, const GeneClasses& classes)
    : classes_(classes) {
  if (lanes < 1) throw std::invalid_argument("genes: " + std::to_string(lanes) + " lanes, need 1");
  for (int lane = 0; lane < lanes; ++lane) lanes_.emplace_back(options, classes);
}

void GeneHead::process(Item& item) {
  Lane& lane = enter(item);
  const Segment& segment = *item.segment;
  const auto from = static_cast<std::size_t>(segment.core_begin - segment.begin);
  const auto count = static_cast<std::size_t>(segment.core_end - segment.core_begin);
  const std::string_view core = std::string_view(segment.bases).substr(from, count);
  try {
    push(core, item.outputs.view(), lane, item.records);
  } catch (const std::runtime_error&) {
    push_unknown(item, lane);
    leave(item, lane);
    throw;
  }
  leave(item, lane);
}

/// Both decoders take the bases or neither does.
void GeneHead::push(std::string_view bases,
                    const attention::TensorView& scores,
                    Lane& lane,
                    std::vector<io::Record>& out) const {
  const bool more = scores.rank == 2 && scores.shape[0] == kFrameChannels + kRnaClasses;
  const attention::TensorView frames = more ? scores.slice(0, 0, kFrameChannels) : scores;
  if (!lane.rnas) {
    if (classes_.coding) return lane.genes.push(bases, frames, out);
    std::vector<io::Record> untold;
    return lane.genes.push(bases, frames, untold);
  }
  const attention::TensorView rna = scores.slice(0, kFrameChannels, kRnaClasses);
  RnaDecoder::require_numbers(rna, lane.rnas->position());
  std::vector<io::Record> told;
  lane.genes.push(bases, frames, told);
  take(std::move(told), lane);
  std::vector<io::Interval> rnas;
  lane.rnas->push(bases, rna, rnas);
  lane.rna.insert(lane.rna.end(), rnas.begin(), rnas.end());
  tell(lane, false, out);
}

void GeneHead::finish(Lane& lane, std::vector<io::Record>& out) const {
  std::vector<io::Record> told;
  lane.genes.finish(told);
  if (!lane.rnas) {
    if (classes_.coding) std::move(told.begin(), told.end(), std::back_inserter(out));
    return;
  }
  take(std::move(told), lane);
  std::vector<io::Interval> rnas;
  lane.rnas->finish(rnas);
  lane.rna.insert(lane.rna.end(), rnas.begin(), rnas.end());
  tell(lane, true, out);
}

void GeneHead::take(std::vector<io::Record> told, Lane& lane) const {
  if (!classes_.coding) return;
  for (io::Record& record : told) lane.coding.push_back(std::get<io::Interval>(std::move(record)));
}

/// By left end, as far as nothing left of it can follow; all of the `whole` sequence.
void GeneHead::tell(Lane& lane, bool whole, std::vector<io::Record>& out) const {
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  const auto next = [](const std::deque<io::Interval>& waiting, std::int64_t otherwise) {
    return waiting.empty() ? otherwise : waiting.front().parts.front().start;
  };
  for (;;) {
    const bool none = lane.coding.empty() && lane.rna.empty();
    const std::int64_t coding =
        next(lane.coding, whole || !classes_.coding ? kAll : lane.genes.decided());
    const std::int64_t rna = next(lane.rna, whole ? kAll : lane.rnas->decided());
    std::deque<io::Interval>& first = coding <= rna ? lane.coding : lane.rna;
    if (none || first.empty()) return;
    out.emplace_back(std::move(first.front()));
    first.pop_front();
  }
}

void GeneHead::skip(Item& item) {
  if (!item.segment) return;
  Lane& lane = enter(item);
  push_unknown(item, lane);
  leave(item, lane);
}

// The item's lane, its decoders at the segment's core.
GeneHead::Lane& GeneHead::enter(Item& item) {
  if (!item.segment) {
    throw std::logic_error("genes: item " + std::to_string(item.number) + " has no segment");
  }
  const Segment& segment = *item.segment;
  Lane& lane = lanes_.at(static_cast<std::size_t>(item.lane));
  GeneDecoder& decoder = lane.genes;
  if (segment.first) {
    decoder.begin(segment.sequence, segment.circular);
    if (lane.rnas) lane.rnas->begin(segment.sequence);
    lane.coding.clear();
    lane.rna.clear();
    item.records.emplace_back(
        io::SequenceStart{segment.sequence, segment.length, segment.circular});
  }
  if (decoder.position() != segment.core_begin) {
    throw std::logic_error("genes: segment of " + segment.sequence + " begins at " +
                           std::to_string(segment.core_begin) + ", its lane is at " +
                           std::to_string(decoder.position()));
  }
  return lane;
}

void GeneHead::leave(Item& item, Lane& lane) const {
  if (!item.segment->last) return;
  finish(lane, item.records);
  item.records.emplace_back(io::SequenceEnd{item.segment->sequence, item.segment->core_end});
}

void GeneHead::push_unknown(Item& item, Lane& lane) const {
  const std::int64_t count = item.segment->core_end - item.segment->core_begin;
  const std::int64_t channels = kFrameChannels + (lane.rnas ? kRnaClasses : 0);
  const attention::Tensor silent(attention::DType::kF32, {channels, count});
  push(std::string(static_cast<std::size_t>(count), 'N'), silent.view(), lane, item.records);
}

StageState GeneHead::save() {
  io::Snapshot snapshot;
  for (Lane& lane : lanes_) snapshot(lane);
  return {StageState::kNothing, snapshot.take()};
}

void GeneHead::load(const std::string& bytes) {
  io::Snapshot snapshot(bytes);
  for (Lane& lane : lanes_) snapshot(lane);
  snapshot.end();
}

GeneDecoder::Statistics GeneHead::statistics() const {
  GeneDecoder::Statistics sum;
  for (const Lane& lane : lanes_) {
    const GeneDecoder::Statistics& one = lane.genes.statistics();
    sum.bases += one.bases;
    sum.genes += one.genes;
    sum.shifted_genes += one.shifted_genes;
    sum.forced += one.forced + (lane.rnas ? lane.rnas->forced() : 0);
    sum.noisy += one.noisy;
  }
  return sum;
}

}  // namespace heddle::pipeline
