#include "pipeline/heads/consensus/gene_consensus.h"

#include "pipeline/heads/consensus/agreed_gene.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kStopBases = 3;
/// A stop of the frame this close behind another may be what a read's error made of it.
constexpr std::int64_t kRivalBases = 300;
/// A row that ends this close to a stop of its frame, and is followed by one of another, ends
/// there.
constexpr std::int64_t kLeavingBases = 24;
/// Of the way from a start to the stop, or to where the read ends: what must be in their frame.
constexpr double kWayInFrame = 0.9;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

std::int64_t left_end(const io::Interval& gene) { return gene.parts.front().start; }
std::int64_t right_end(const io::Interval& gene) { return gene.parts.back().end; }

std::int64_t bases_of(const io::Interval& gene) {
  std::int64_t bases = 0;
  for (const io::Interval::Part& part : gene.parts) bases += part.end - part.start;
  return bases;
}

/// Of two stretches.
std::int64_t common(std::int64_t start, std::int64_t end, std::int64_t begin, std::int64_t stop) {
  return std::max<std::int64_t>(0, std::min(end, stop) - std::max(start, begin));
}

void keep_attributes(io::Interval& gene, std::initializer_list<std::string_view> kept) {
  std::erase_if(gene.attributes, [&kept](const auto& attribute) {
    return std::find(kept.begin(), kept.end(), attribute.first) == kept.end();
  });
}

}  // namespace

std::vector<io::Attribute> consensus_attributes() {
  using Type = io::Attribute::Type;
  return {{"start_type"},
          {"transl_table", Type::kInteger},
          {"support", Type::kInteger},
          {"coverage", Type::kInteger},
          {"stop_support", Type::kInteger},
          {"start_support", Type::kInteger}};
}

GeneConsensus::GeneConsensus(int least_reads, std::int64_t least_bases)
    : least_reads_(least_reads), least_bases_(least_bases) {
  if (least_reads < 1) {
    throw std::invalid_argument("consensus: at least " + std::to_string(least_reads) +
                                " reads, need 1 or more");
  }
}

void GeneConsensus::read(const std::string& reference,
                         std::int64_t start,
                         std::int64_t end,
                         std::vector<io::Record>& out) {
  const bool same = reference == reference_;
  if ((same && start < start_) || left_behind_.contains(reference)) {
    throw std::runtime_error("begins at " + reference + ":" + std::to_string(start + 1) +
                             ", before a read that came earlier: the reads are not sorted by "
                             "coordinate (samtools sort)");
  }
  if (!same) {
    finish(out);
    if (!reference_.empty()) left_behind_.insert(reference_);
    reference_ = reference;
  }
  start_ = start;
  settle_before(start, out);
  reads_.push_back({start, end, {}});
}

void GeneConsensus::vote(const io::Interval& gene) {
  const bool plus = gene.strand == '+';
  Told told{gene.strand, {}, std::nullopt, std::nullopt};
  for (const io::Interval::Part& row : gene.parts) {
    told.rows.push_back({row.start, row.end, codon_frame(row, gene.strand)});
  }
  if (!gene.partial_start) told.start = plus ? left_end(gene) : right_end(gene);
  if (!gene.partial_end) {
    told.stop = plus ? right_end(gene) - kStopBases : left_end(gene);
    Candidate& candidate = open_[{*told.stop, gene.strand}];
    candidate.left =
        candidate.genes.empty() ? left_end(gene) : std::min(candidate.left, left_end(gene));
    candidate.genes.push_back(gene);
  }
  reads_.back().genes.push_back(std::move(told));
}

void GeneConsensus::finish(std::vector<io::Record>& out) {
  settle_before(kEnd, out);
  reads_.clear();
  start_ = 0;
}

void GeneConsensus::settle_before(std::int64_t position, std::vector<io::Record>& out) {
  auto next = open_.begin();
  while (next != open_.end() && next->first.first < position) {
    judge(next->first, next->second);
    next = open_.erase(next);
  }
  release_before(position, out);
}

/// What lies left of every open candidate can be told, and no read that ends there is needed.
void GeneConsensus::release_before(std::int64_t position, std::vector<io::Record>& out) {
  std::int64_t safe = position;
  for (const auto& [stop, candidate] : open_) safe = std::min(safe, candidate.left);
  while (!due_.empty() && due_.begin()->first < safe) {
    out.emplace_back(std::move(due_.begin()->second));
    due_.erase(due_.begin());
  }
  std::erase_if(reads_, [safe](const Read& read) { return read.end <= safe; });
}

/// Does a gene of a read end in the stop's frame about there, and go on in another?
template <class Told, class Stop>
bool leaves_at(const Told& told, const Stop& stop) {
  const bool plus = stop.second == '+';
  const auto frame = static_cast<int>(stop.first % 3);
  const std::int64_t there = plus ? stop.first + kStopBases : stop.first;
  for (std::size_t i = 0; i + 1 < told.rows.size(); ++i) {
    const auto& row = plus ? told.rows[i] : told.rows[i + 1];
    const auto& next = plus ? told.rows[i + 1] : told.rows[i];
    const std::int64_t end = plus ? row.end : row.start;
    if (row.frame == frame && next.frame != frame && std::abs(end - there) <= kLeavingBases) {
      return true;
    }
  }
  return false;
}

/// How much of `gene` a read tells in its frame, and which other stops of the frame.
GeneConsensus::InFrame GeneConsensus::in_frame(const Read& read,
                                               const Stop& stop,
                                               const io::Interval& gene) {
  const auto frame = static_cast<int>(stop.first % 3);
  InFrame all;
  for (const Told& told : read.genes) {
    if (told.strand != stop.second) continue;
    std::int64_t here = 0;
    for (const Row& row : told.rows) {
      if (row.frame == frame) here += common(row.start, row.end, left_end(gene), right_end(gene));
    }
    all.bases += here;
    all.leaves = all.leaves || leaves_at(told, stop);
    if (here > 0 && told.stop && *told.stop != stop.first && *told.stop % 3 == frame) {
      all.other_stops.push_back(*told.stop);
    }
  }
  return all;
}

GeneConsensus::Support GeneConsensus::support(const Stop& stop,
                                              const io::Interval& gene,
                                              std::int64_t votes) const {
  const std::int64_t begin = left_end(gene);
  const std::int64_t end = right_end(gene);
  Support seen;
  std::map<std::int64_t, std::int64_t> rivals;  // other stops of the frame -> reads
  for (const Read& read : reads_) {
    const std::int64_t held = common(read.start, read.end, begin, end);
    if (held < std::min(kTellingBases, end - begin)) continue;
    ++seen.coverage;
    const InFrame told = in_frame(read, stop, gene);
    if (2 * told.bases < held) continue;
    ++seen.reads;
    if (told.leaves) ++seen.leaving;
    for (const std::int64_t other : told.other_stops) ++rivals[other];
  }
  const std::int64_t before = stop.second == '+' ? 0 : kRivalBases;
  const std::int64_t behind = stop.second == '+' ? kRivalBases : 0;
  seen.another_stop = std::any_of(rivals.begin(), rivals.end(), [&](const auto& rival) {
    return rival.first >= begin - before && rival.first < end + behind && rival.second >= votes;
  });
  return seen;
}

/// Starts in the frame of the stop from which reads come down to it -> reads.
std::map<std::int64_t, std::int64_t> GeneConsensus::starts_before(const Stop& stop) const {
  const bool plus = stop.second == '+';
  const auto frame = static_cast<int>(stop.first % 3);
  std::map<std::int64_t, std::int64_t> starts;
  for (const Read& read : reads_) {
    for (const Told& told : read.genes) {
      if (told.strand != stop.second || !told.start) continue;
      const Row& first = plus ? told.rows.front() : told.rows.back();
      if (first.frame != frame) continue;
      const std::int64_t from = plus ? *told.start : std::max(read.start, stop.first);
      const std::int64_t to = plus ? std::min(read.end, stop.first + kStopBases) : *told.start;
      std::int64_t way = 0;
      for (const Row& row : told.rows) {
        if (row.frame == frame) way += common(row.start, row.end, from, to);
      }
      if (from < to && static_cast<double>(way) >= kWayInFrame * static_cast<double>(to - from)) {
        ++starts[*told.start];
      }
    }
  }
  return starts;
}

/// Do enough reads end a gene at the stop, and most of those that read it in its frame?
bool GeneConsensus::accepts(const Support& seen, std::int64_t votes) const {
  if (2 * seen.reads <= seen.coverage || seen.another_stop) return false;
  if (votes >= least_reads_) return true;
  return votes + seen.leaving >= least_reads_ && 2 * (votes + seen.leaving) > seen.reads;
}

void GeneConsensus::judge(const Stop& stop, const Candidate& candidate) {
  const auto votes = static_cast<std::int64_t>(candidate.genes.size());
  AgreedGene agreed = agreed_gene(candidate.genes, starts_before(stop));
  if (agreed.start_votes < least_reads_) agreed.gene.partial_start = true;  // it is nobody's word
  if (bases_of(agreed.gene) < least_bases_) {
    ++refused_;
    return;
  }
  const Support seen = support(stop, agreed.gene, votes);
  if (!accepts(seen, votes)) {
    ++refused_;
    return;
  }
  io::Interval gene = std::move(agreed.gene);
  if (gene.partial_start) {
    keep_attributes(gene, {"transl_table"});
  } else {
    keep_attributes(gene, {"start_type", "transl_table"});
  }
  gene.attributes.emplace_back("support", std::to_string(seen.reads));
  gene.attributes.emplace_back("coverage", std::to_string(seen.coverage));
  gene.attributes.emplace_back("stop_support", std::to_string(votes));
  gene.attributes.emplace_back("start_support", std::to_string(agreed.start_votes));
  ++genes_;
  due_.emplace(left_end(gene), std::move(gene));
}

}  // namespace heddle::pipeline
