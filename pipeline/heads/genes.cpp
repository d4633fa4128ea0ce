#include "pipeline/heads/genes.h"

#include "pipeline/heads/crispr/crispr_records.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>
#include <variant>

namespace heddle::pipeline {
namespace {

/// The segment's own bases.
std::string_view core_of(const Segment& segment) {
  return std::string_view(segment.bases)
      .substr(static_cast<std::size_t>(segment.core_begin - segment.begin),
              static_cast<std::size_t>(segment.core_end - segment.core_begin));
}

}  // namespace

GeneHead::Lane::Lane(const GeneOptions& options, const GeneClasses& classes) : genes(options) {
  if (classes.rna) rnas.emplace(*classes.rna);
  if (classes.arrays) arrays.emplace();
}

void GeneHead::Lane::snapshot(io::Snapshot& s) {
  s(genes);
  if (rnas) s(*rnas, coding, rna);
  if (!arrays) return;
  s(*arrays, array, sequence);
  if (!rnas) s(coding);
}

GeneHead::GeneHead(const GeneOptions& options, int lanes, const GeneClasses& classes)
    : classes_(classes) {
  if (lanes < 1) throw std::invalid_argument("genes: " + std::to_string(lanes) + " lanes, need 1");
  for (int lane = 0; lane < lanes; ++lane) lanes_.emplace_back(options, classes);
}

void GeneHead::process(Item& item) {
  Lane& lane = enter(item);
  try {
    const attention::TensorView scores =
        classes_.scored() ? item.outputs.view() : attention::TensorView{};
    push(core_of(*item.segment), scores, lane, item.records);
  } catch (const std::runtime_error&) {
    push_unknown(item, lane);
    leave(item, lane);
    throw;
  }
  leave(item, lane);
}

void GeneHead::push(std::string_view bases,
                    const attention::TensorView& scores,
                    Lane& lane,
                    std::vector<io::Record>& out) const {
  if (classes_.scored()) push_scores(bases, scores, lane, out);
  push_arrays(bases, lane);
  tell(lane, false, out);
}

/// Both decoders take the bases or neither does. Genes that nothing stands among are told at once.
void GeneHead::push_scores(std::string_view bases,
                           const attention::TensorView& scores,
                           Lane& lane,
                           std::vector<io::Record>& out) const {
  const bool more = scores.rank == 2 && scores.shape[0] == kFrameChannels + kRnaClasses;
  const attention::TensorView frames = more ? scores.slice(0, 0, kFrameChannels) : scores;
  if (!lane.rnas && !lane.arrays) return lane.genes.push(bases, frames, out);
  std::vector<io::Record> told;
  if (!lane.rnas) {
    lane.genes.push(bases, frames, told);
    return take(std::move(told), lane);
  }
  const attention::TensorView rna = scores.slice(0, kFrameChannels, kRnaClasses);
  RnaDecoder::require_numbers(rna, lane.rnas->position());
  lane.genes.push(bases, frames, told);
  take(std::move(told), lane);
  std::vector<io::Interval> rnas;
  lane.rnas->push(bases, rna, rnas);
  lane.rna.insert(lane.rna.end(), rnas.begin(), rnas.end());
}

void GeneHead::push_arrays(std::string_view bases, Lane& lane) {
  if (!lane.arrays) return;
  std::vector<CrisprArray> found;
  lane.arrays->push(bases, found);
  for (const CrisprArray& one : found) lane.array.push_back(crispr_record(lane.sequence, one));
}

void GeneHead::finish(Lane& lane, std::vector<io::Record>& out) const {
  std::vector<io::Record> told;
  if (classes_.scored()) lane.genes.finish(told);
  take(std::move(told), lane);
  if (lane.rnas) {
    std::vector<io::Interval> rnas;
    lane.rnas->finish(rnas);
    lane.rna.insert(lane.rna.end(), rnas.begin(), rnas.end());
  }
  if (lane.arrays) {
    std::vector<CrisprArray> found;
    lane.arrays->finish(found);
    for (const CrisprArray& one : found) lane.array.push_back(crispr_record(lane.sequence, one));
  }
  tell(lane, true, out);
}

void GeneHead::take(std::vector<io::Record> told, Lane& lane) const {
  if (!classes_.coding) return;
  for (io::Record& record : told) lane.coding.push_back(std::get<io::Interval>(std::move(record)));
}

/// By left end, as far as nothing left of it can follow; all of the `whole` sequence.
void GeneHead::tell(Lane& lane, bool whole, std::vector<io::Record>& out) const {
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  struct Kind {
    std::deque<io::Interval>& waiting;
    std::int64_t decided;  // nothing that is still to come begins left of it
    std::int64_t next() const {
      return waiting.empty() ? decided : waiting.front().parts.front().start;
    }
  };
  std::array<Kind, 3> kinds{{{lane.coding, whole || !classes_.coding ? kAll : lane.genes.decided()},
                             {lane.rna, whole || !lane.rnas ? kAll : lane.rnas->decided()},
                             {lane.array, whole || !lane.arrays ? kAll : lane.arrays->decided()}}};
  for (;;) {
    Kind& first = *std::ranges::min_element(kinds, {}, &Kind::next);
    if (first.waiting.empty()) return;
    out.emplace_back(std::move(first.waiting.front()));
    first.waiting.pop_front();
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
  if (segment.first) {
    if (classes_.scored()) lane.genes.begin(segment.sequence, segment.circular);
    if (lane.rnas) lane.rnas->begin(segment.sequence);
    if (lane.arrays) lane.arrays->begin(segment.circular);
    lane.sequence = segment.sequence;
    lane.coding.clear();
    lane.rna.clear();
    lane.array.clear();
    item.records.emplace_back(
        io::SequenceStart{segment.sequence, segment.length, segment.circular});
  }
  if (position(lane) != segment.core_begin) {
    throw std::logic_error("genes: segment of " + segment.sequence + " begins at " +
                           std::to_string(segment.core_begin) + ", its lane is at " +
                           std::to_string(position(lane)));
  }
  return lane;
}

/// Bases of the sequence that the decoders were given.
std::int64_t GeneHead::position(const Lane& lane) const {
  return lane.arrays && !classes_.scored() ? lane.arrays->position() : lane.genes.position();
}

void GeneHead::leave(Item& item, Lane& lane) const {
  if (!item.segment->last) return;
  finish(lane, item.records);
  item.records.emplace_back(io::SequenceEnd{item.segment->sequence, item.segment->core_end});
}

/// The scores are not known, the bases are.
void GeneHead::push_unknown(Item& item, Lane& lane) const {
  const std::string_view core = core_of(*item.segment);
  if (classes_.scored()) {
    const std::int64_t channels = kFrameChannels + (lane.rnas ? kRnaClasses : 0);
    const attention::Tensor silent(attention::DType::kF32,
                                   {channels, static_cast<std::int64_t>(core.size())});
    push_scores(std::string(core.size(), 'N'), silent.view(), lane, item.records);
  }
  push_arrays(core, lane);
  tell(lane, false, item.records);
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
