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

/// The start that most reads tell, and how many; of equals the one further from the stop.
std::optional<std::pair<std::int64_t, std::int64_t>> most_told_start(
    const std::map<std::int64_t, std::int64_t>& starts, char strand) {
  std::optional<std::pair<std::int64_t, std::int64_t>> best;
  for (const auto& [start, votes] : starts) {
    const bool further = strand == '-';  // they come in ascending order
    if (!best || votes > best->second || (votes == best->second && further)) best = {start, votes};
  }
  return best;
}

io::Interval one_row(const io::Interval& like, std::int64_t five_prime, int phase) {
  io::Interval gene = like;
  const std::int64_t three_prime = like.strand == '+' ? last_row(like).end : last_row(like).start;
  gene.parts = {{std::min(five_prime, three_prime), std::max(five_prime, three_prime), phase}};
  return gene;
}

/// One row from a start that some read tells, perhaps none of `told`: then its codon is unknown.
io::Interval from_start(std::span<const io::Interval> told, std::int64_t start) {
  const auto like = std::ranges::find_if(told, [start](const io::Interval& gene) {
    return !gene.partial_start && five_prime(first_row(gene), gene.strand) == start;
  });
  io::Interval gene = one_row(like == told.end() ? told.front() : *like, start, 0);
  gene.partial_start = false;
  if (like == told.end()) {
    std::erase_if(gene.attributes, [](const auto& one) { return one.first == "start_type"; });
  }
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

AgreedGene agreed_gene(std::span<const io::Interval> told,
                       const std::map<std::int64_t, std::int64_t>& starts) {
  AgreedGene agreed;
  const auto start = most_told_start(starts, told.front().strand);
  const io::Interval* whole = most_told(told, agreed.start_votes);
  if (whole != nullptr && (!start || start->second <= agreed.start_votes)) {
    agreed.gene = *whole;
  } else if (start) {
    agreed.gene = from_start(told, start->first);
    agreed.start_votes = start->second;
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
