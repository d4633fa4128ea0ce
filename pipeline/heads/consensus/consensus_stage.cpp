#include "pipeline/heads/consensus/consensus_stage.h"

#include <utility>

namespace heddle::pipeline {
namespace {

/// How much of the reference a read covers, by CIGAR.
std::int64_t reference_bases(const io::Placement& placement) {
  std::int64_t bases = 0;
  for (const io::CigarOperation& step : placement.cigar) {
    const std::string_view on_reference = "M=XDN";
    if (on_reference.find(step.code) != std::string_view::npos) bases += step.length;
  }
  return bases;
}

}  // namespace

void ConsensusStage::process(Item& item) {
  std::vector<io::Record> lifted = std::exchange(item.records, {});
  if (item.segment && item.segment->first) {
    placed_ = false;
    if (const auto& placement = item.segment->placement) {
      consensus_.read(placement->reference,
                      placement->start,
                      placement->start + reference_bases(*placement),
                      item.records);
      placed_ = true;
    }
  }
  for (io::Record& record : lifted) {
    if (const auto* gene = std::get_if<io::Interval>(&record)) {
      if (placed_) consensus_.vote(*gene);
    } else {
      item.records.push_back(std::move(record));
    }
  }
}

StageState ConsensusStage::save() {
  io::Snapshot snapshot;
  snapshot(consensus_, placed_);
  return {StageState::kNothing, snapshot.take()};
}

void ConsensusStage::load(const std::string& bytes) {
  io::Snapshot snapshot(bytes);
  snapshot(consensus_, placed_);
  snapshot.end();
}

/// A read whose beginning failed has no place: what is told of its rest is nobody's vote.
void ConsensusStage::skip(Item& item) {
  if (item.segment && item.segment->first) placed_ = false;
}

std::vector<io::Record> ConsensusStage::rest() {
  std::vector<io::Record> records;
  consensus_.finish(records);
  return records;
}

}  // namespace heddle::pipeline
