#include "pipeline/heads/lift.h"

#include <algorithm>
#include <utility>

namespace heddle::pipeline {
namespace {

/// A deletion longer than this splits a row even where the frame agrees: it is more than an error.
constexpr std::int64_t kLongestSpan = 30;

/// A stretch of the read that lies on the reference without gaps.
struct Block {
  std::int64_t read = 0;
  std::int64_t reference = 0;
  std::int64_t length = 0;
  bool behind_intron = false;
};

std::vector<Block> blocks_of(const io::Placement& placement) {
  std::vector<Block> blocks;
  std::int64_t read = 0;
  std::int64_t reference = placement.start;
  bool intron = false;
  for (const io::CigarOperation& step : placement.cigar) {
    switch (step.code) {
      case 'M':
      case '=':
      case 'X':
        blocks.push_back({read, reference, step.length, std::exchange(intron, false)});
        read += step.length;
        reference += step.length;
        break;
      case 'I':
      case 'S':
        read += step.length;
        break;
      case 'N':
        intron = true;
        reference += step.length;
        break;
      case 'D':
        reference += step.length;
        break;
      default:  // H and P take no base on either side
        break;
    }
  }
  return blocks;
}

int modulo3(std::int64_t value) { return static_cast<int>(((value % 3) + 3) % 3); }

/// The part of `row` that lies in `block`, on the reference; nothing where they do not meet.
std::optional<io::Interval::Part> carry(const io::Interval::Part& row,
                                        const Block& block,
                                        bool minus) {
  const std::int64_t start = std::max(row.start, block.read);
  const std::int64_t end = std::min(row.end, block.read + block.length);
  if (end <= start) return std::nullopt;
  const std::int64_t skipped = minus ? row.end - end : start - row.start;  // in reading direction
  return io::Interval::Part{block.reference + start - block.read,
                            block.reference + end - block.read,
                            modulo3(row.phase - skipped)};
}

/// Where codons begin, modulo 3.
int frame_of(const io::Interval::Part& row, bool minus) {
  return modulo3(minus ? row.end - row.phase : row.start + row.phase);
}

void append(std::vector<io::Interval::Part>& rows,
            const io::Interval::Part& next,
            bool behind_intron,
            bool minus) {
  const bool reads_on = !rows.empty() && !behind_intron &&
                        next.start - rows.back().end <= kLongestSpan &&
                        frame_of(rows.back(), minus) == frame_of(next, minus);
  if (!reads_on) {
    rows.push_back(next);
    return;
  }
  rows.back().end = next.end;
  if (minus) rows.back().phase = next.phase;
}

}  // namespace

std::optional<io::Interval> lift(const io::Interval& gene, const io::Placement& placement) {
  const bool minus = gene.strand == '-';
  const std::vector<Block> blocks = blocks_of(placement);
  io::Interval lifted = gene;
  lifted.sequence = placement.reference;
  lifted.parts.clear();
  for (const io::Interval::Part& row : gene.parts) {
    for (const Block& block : blocks) {
      if (const auto carried = carry(row, block, minus)) {
        append(lifted.parts, *carried, block.behind_intron, minus);
      }
    }
  }
  if (lifted.parts.empty()) return std::nullopt;
  const std::int64_t first = gene.parts.front().start;
  const std::int64_t last = gene.parts.back().end - 1;
  const auto lies_there = [&blocks](std::int64_t base) {
    return std::any_of(blocks.begin(), blocks.end(), [base](const Block& block) {
      return block.read <= base && base < block.read + block.length;
    });
  };
  if (!lies_there(minus ? last : first)) lifted.partial_start = true;
  if (!lies_there(minus ? first : last)) lifted.partial_end = true;
  std::erase_if(lifted.attributes, [](const auto& one) { return one.first == "frameshift"; });
  lifted.attributes.emplace_back("read", gene.sequence);
  lifted.attributes.emplace_back("mapq", std::to_string(placement.quality));
  return lifted;
}

void LiftStage::Lane::snapshot(io::Snapshot& s) {
  std::optional<io::Placement> where;
  if (placement != nullptr) where = *placement;
  s(read, where, begun, seen);
  placement = where ? std::make_shared<const io::Placement>(*std::move(where)) : nullptr;
}

StageState LiftStage::save() { return {StageState::kNothing, lanes_.save()}; }

void LiftStage::load(const std::string& bytes) {
  lanes_.load(bytes, [] { return std::make_unique<Lane>(); });
}

LiftStage::Lane& LiftStage::lane_of(const Item& item) {
  return lanes_.of(item.lane, [] { return std::make_unique<Lane>(); });
}

/// A read begins with its first segment.
void LiftStage::enter(const Item& item, Lane& lane) {
  if (!item.segment || !item.segment->first) return;
  lane.read = item.segment->sequence;
  lane.placement = item.segment->placement;
  ++lane.seen.reads;
  if (lane.placement == nullptr) ++lane.seen.unplaced;
}

void LiftStage::skip(Item& item) {
  Lane& lane = lane_of(item);
  enter(item, lane);
  item.records.clear();  // a failed segment leaves its failure
}

void LiftStage::process(Item& item) {
  Lane& lane = lane_of(item);
  enter(item, lane);
  std::vector<io::Record> records = std::exchange(item.records, {});
  if (lane.placement == nullptr) return;
  const io::Placement& placement = *lane.placement;
  if (lane.begun.insert(placement.reference).second) {
    item.records.emplace_back(io::SequenceStart{placement.reference, placement.reference_length});
  }
  for (const io::Record& record : records) {
    const auto* gene = std::get_if<io::Interval>(&record);
    if (gene == nullptr) continue;
    std::optional<io::Interval> lifted = lift(*gene, placement);
    ++(lifted ? lane.seen.lifted : lane.seen.lost);
    if (lifted) item.records.emplace_back(std::move(*lifted));
  }
}

LiftStage::Statistics LiftStage::statistics() const {
  Statistics sum;
  lanes_.each([&sum](const Lane& lane) {
    sum.reads += lane.seen.reads;
    sum.unplaced += lane.seen.unplaced;
    sum.lifted += lane.seen.lifted;
    sum.lost += lane.seen.lost;
  });
  return sum;
}

}  // namespace heddle::pipeline
