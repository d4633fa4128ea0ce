#include "pipeline/heads/consensus/agreed_gene.h"

#include <algorithm>
#include <map>
#include <optional>

namespace heddle::pipeline {
namespace {

using Parts = std::vector<io::Interval::Part>;

bool same_rows(const Parts& a, const Parts& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.start == other.start && one.end == other.end && one.phase == other.phase;
  });
}

/// Of a gene, in reading direction.
const io::Interval::Part& first_row(const io::Interval& gene) {
  return gene.strand == '+' ? gene.parts.front() : gene.parts.back();
}
const io::Interval::Part& last_row(const io::Interval& gene) {
  return gene.strand == '+' ? gene.parts.back() : gene.parts.front();
}
std::int64_t five_prime(const io::Interval::Part& row, char strand) {
  return strand == '+' ? row.start : row.end;
}

/// The rows that more than half tell.
const io::Interval* most_told(std::span<const io::Interval> told, std::int64_t& votes) {
  for (const io::Interval& one : told) {
    if (one.partial_start) continue;
    votes = std::count_if(told.begin(), told.end(), [&one](const io::Interval& other) {
      return !other.partial_start && same_rows(one.parts, other.parts);
    });
    if (2 * votes > static_cast<std::int64_t>(told.size())) return &one;
  }
  votes = 0;
  return nullptr;
}

bool begins_in_frame(const io::Interval& gene) {
  return !gene.partial_start &&
         codon_frame(first_row(gene), gene.strand) == codon_frame(last_row(gene), gene.strand);
}

/// One that begins where most do whose start is in the stop's frame.
const io::Interval* most_told_start(std::span<const io::Interval> told, std::int64_t& votes) {
  std::map<std::int64_t, std::int64_t> starts;
  for (const io::Interval& one : told) {
    if (begins_in_frame(one)) ++starts[five_prime(first_row(one), one.strand)];
  }
  const io::Interval* best = nullptr;
  const auto rank = [&starts](const io::Interval& gene) {
    const std::int64_t start = five_prime(first_row(gene), gene.strand);
    return std::pair(starts.at(start), gene.strand == '+' ? -start : start);
  };
  for (const io::Interval& one : told) {
    if (begins_in_frame(one) && (best == nullptr || rank(one) > rank(*best))) best = &one;
  }
  votes = best == nullptr ? 0 : rank(*best).first;
  return best;
}

io::Interval one_row(const io::Interval& like, std::int64_t five_prime, int phase) {
  io::Interval gene = like;
  const std::int64_t three_prime = like.strand == '+' ? last_row(like).end : last_row(like).start;
  gene.parts = {{std::min(five_prime, three_prime), std::max(five_prime, three_prime), phase}};
  return gene;
}

/// The gene whose last row begins furthest from the stop.
io::Interval furthest_row(std::span<const io::Interval> told) {
  const auto length = [](const io::Interval& gene) {
    return last_row(gene).end - last_row(gene).start;
  };
  const io::Interval& best =
      *std::max_element(told.begin(), told.end(), [&length](const auto& a, const auto& b) {
        return length(a) < length(b);
      });
  io::Interval gene = one_row(best, five_prime(last_row(best), best.strand), last_row(best).phase);
  gene.partial_start = true;
  return gene;
}

}  // namespace

int codon_frame(const io::Interval::Part& row, char strand) {
  const std::int64_t boundary = strand == '+' ? row.start + row.phase : row.end - row.phase;
  return static_cast<int>(((boundary % 3) + 3) % 3);
}

AgreedGene agreed_gene(std::span<const io::Interval> told) {
  AgreedGene agreed;
  if (const io::Interval* whole = most_told(told, agreed.start_votes)) {
    agreed.gene = *whole;
  } else if (const io::Interval* start = most_told_start(told, agreed.start_votes)) {
    agreed.gene = one_row(*start, five_prime(first_row(*start), start->strand), 0);
  } else {
    agreed.gene = furthest_row(told);
  }
  agreed.gene.nucleotides.clear();
  agreed.gene.protein.clear();
  double score = 0;
  for (const io::Interval& one : told) score += one.score;
  agreed.gene.score = score / static_cast<double>(told.size());
  return agreed;
}

}  // namespace heddle::pipeline
