#include "pipeline/heads/genes.h"

#include <stdexcept>

namespace heddle::pipeline {

GeneHead::GeneHead(const GeneOptions& options, int lanes) {
  if (lanes < 1) throw std::invalid_argument("genes: " + std::to_string(lanes) + " lanes, need 1");
  for (int lane = 0; lane < lanes; ++lane) decoders_.emplace_back(options);
}

void GeneHead::process(Item& item) {
  GeneDecoder& decoder = enter(item);
  const Segment& segment = *item.segment;
  const auto from = static_cast<std::size_t>(segment.core_begin - segment.begin);
  const auto count = static_cast<std::size_t>(segment.core_end - segment.core_begin);
  const std::string_view core = std::string_view(segment.bases).substr(from, count);
  try {
    decoder.push(core, item.outputs.view(), item.records);
  } catch (const std::runtime_error&) {
    push_unknown(item, decoder);
    leave(item, decoder);
    throw;
  }
  leave(item, decoder);
}

void GeneHead::skip(Item& item) {
  if (!item.segment) return;
  GeneDecoder& decoder = enter(item);
  push_unknown(item, decoder);
  leave(item, decoder);
}

// The decoder of the item's lane, at the segment's core.
GeneDecoder& GeneHead::enter(Item& item) {
  if (!item.segment) {
    throw std::logic_error("genes: item " + std::to_string(item.number) + " has no segment");
  }
  const Segment& segment = *item.segment;
  GeneDecoder& decoder = decoders_.at(static_cast<std::size_t>(item.lane));
  if (segment.first) {
    decoder.begin(segment.sequence, segment.circular);
    item.records.emplace_back(
        io::SequenceStart{segment.sequence, segment.length, segment.circular});
  }
  if (decoder.position() != segment.core_begin) {
    throw std::logic_error("genes: segment of " + segment.sequence + " begins at " +
                           std::to_string(segment.core_begin) + ", its lane is at " +
                           std::to_string(decoder.position()));
  }
  return decoder;
}

void GeneHead::leave(Item& item, GeneDecoder& decoder) {
  if (!item.segment->last) return;
  decoder.finish(item.records);
  item.records.emplace_back(io::SequenceEnd{item.segment->sequence, item.segment->core_end});
}

void GeneHead::push_unknown(Item& item, GeneDecoder& decoder) {
  const std::int64_t count = item.segment->core_end - item.segment->core_begin;
  const attention::Tensor silent(attention::DType::kF32, {8, count});
  decoder.push(std::string(static_cast<std::size_t>(count), 'N'), silent.view(), item.records);
}

StageState GeneHead::save() {
  io::Snapshot snapshot;
  for (GeneDecoder& decoder : decoders_) snapshot(decoder);
  return {StageState::kNothing, snapshot.take()};
}

void GeneHead::load(const std::string& bytes) {
  io::Snapshot snapshot(bytes);
  for (GeneDecoder& decoder : decoders_) snapshot(decoder);
  snapshot.end();
}

GeneDecoder::Statistics GeneHead::statistics() const {
  GeneDecoder::Statistics sum;
  for (const GeneDecoder& decoder : decoders_) {
    const GeneDecoder::Statistics& one = decoder.statistics();
    sum.bases += one.bases;
    sum.genes += one.genes;
    sum.shifted_genes += one.shifted_genes;
    sum.forced += one.forced;
    sum.noisy += one.noisy;
  }
  return sum;
}

}  // namespace heddle::pipeline
