#include "pipeline/metrics/genes.h"

#include "pipeline/annotated_genes.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace heddle::pipeline {
namespace {

using Span = std::pair<std::int64_t, std::int64_t>;
using Place = std::pair<std::string, char>;  // sequence, strand
using End3 = std::tuple<std::string, char, std::int64_t>;
using Gene = AnnotatedGene;

Place place_of(const Gene& gene) { return {gene.sequence, gene.strand}; }

End3 end3_of(const Gene& gene) {
  return {gene.sequence, gene.strand, gene.strand == '-' ? gene.start : gene.end};
}

std::int64_t end5_of(const Gene& gene) { return gene.strand == '-' ? gene.end : gene.start; }

using Lengths = std::map<std::string, std::int64_t>;

std::vector<Gene> genes_of(const io::Gff3File& file, GeneRules rules) {
  return rules == GeneRules::kById ? annotated_genes(file) : genes_by_row(file);
}

Lengths lengths_of(const io::Gff3File& file, GeneRules rules) {
  if (rules == GeneRules::kById) return file.lengths;
  Lengths lengths;
  for (const io::Gff3Row& row : file.rows) {
    if (row.type != "region") continue;
    std::int64_t& length = lengths[row.sequence];
    length = std::max(length, row.end);
  }
  return lengths;
}

bool is_judged(const Gene& gene, const Lengths& lengths) {
  const auto length = lengths.find(gene.sequence);
  const bool touches_end =
      gene.start == 0 || (length != lengths.end() && gene.end >= length->second);
  return !touches_end && !gene.marked && gene.parts.size() == 1 && (gene.end - gene.start) % 3 == 0;
}

/// Bases of a set of genes, each once a strand.
class Cover {
 public:
  void add(const Gene& gene) {
    std::vector<Span>& spans = spans_[place_of(gene)];
    spans.insert(spans.end(), gene.parts.begin(), gene.parts.end());
  }

  /// Call once all are added.
  void merge() {
    for (auto& [place, spans] : spans_) {
      std::sort(spans.begin(), spans.end());
      std::size_t kept = 0;
      for (const Span& span : spans) {
        if (span.first > spans[kept].second) {
          spans[++kept] = span;
        } else {
          spans[kept].second = std::max(spans[kept].second, span.second);
        }
      }
      spans.resize(kept + 1);
    }
  }

  std::int64_t bases() const {
    std::int64_t bases = 0;
    for (const auto& [place, spans] : spans_) {
      for (const Span& span : spans) bases += span.second - span.first;
    }
    return bases;
  }

  std::int64_t shared(const Place& place, std::int64_t start, std::int64_t end) const {
    const auto found = spans_.find(place);
    if (found == spans_.end()) return 0;
    const std::vector<Span>& spans = found->second;
    auto span = std::upper_bound(spans.begin(), spans.end(), Span{start, start});
    if (span != spans.begin()) --span;
    std::int64_t bases = 0;
    for (; span != spans.end() && span->first < end; ++span) {
      bases +=
          std::max<std::int64_t>(0, std::min(end, span->second) - std::max(start, span->first));
    }
    return bases;
  }

  std::int64_t shared(const Cover& other) const {
    std::int64_t bases = 0;
    for (const auto& [place, spans] : spans_) {
      for (const Span& span : spans) bases += other.shared(place, span.first, span.second);
    }
    return bases;
  }

 private:
  std::map<Place, std::vector<Span>> spans_;
};

Cover cover_of(const std::vector<Gene>& genes) {
  Cover cover;
  for (const Gene& gene : genes) cover.add(gene);
  cover.merge();
  return cover;
}

}  // namespace

std::vector<std::string> gene_rules_names() { return {"id", "row"}; }

GeneRules gene_rules_named(std::string_view name) {
  if (name == "id") return GeneRules::kById;
  if (name == "row") return GeneRules::kByRow;
  throw std::invalid_argument("rules '" + std::string(name) +
                              "' are not known; there are: id, row");
}

double GeneScore::f1() const {
  const double sum = recall() + precision();
  return sum > 0 ? 2 * recall() * precision() / sum : 0;
}

GeneScore score_genes(const io::Gff3File& truth,
                      const io::Gff3File& predicted,
                      std::int64_t min_length,
                      GeneRules rules) {
  const std::vector<Gene> truths = genes_of(truth, rules);
  const std::vector<Gene> predictions = genes_of(predicted, rules);
  const Lengths lengths = lengths_of(truth, rules);
  std::map<End3, const Gene*> predicted_at, true_at;
  for (const Gene& gene : predictions) predicted_at[end3_of(gene)] = &gene;
  std::vector<Gene> spared;
  GeneScore score;
  for (const Gene& gene : truths) {
    true_at[end3_of(gene)] = &gene;
    if (!is_judged(gene, lengths)) {
      spared.push_back(gene);
      continue;
    }
    if (gene.end - gene.start < min_length) continue;
    ++score.truths;
    const auto hit = predicted_at.find(end3_of(gene));
    if (hit == predicted_at.end()) continue;
    ++score.found;
    if (end5_of(*hit->second) == end5_of(gene)) ++score.exact;
  }
  const Cover spare = cover_of(spared);
  for (const auto& [end, gene] : predicted_at) {
    ++score.predicted;
    if (true_at.contains(end)) {
      ++score.right;
    } else if (2 * spare.shared(place_of(*gene), gene->start, gene->end) <
               gene->end - gene->start) {
      ++score.extra;
    }
  }
  const Cover true_cover = cover_of(truths), predicted_cover = cover_of(predictions);
  score.true_bases = true_cover.bases();
  score.predicted_bases = predicted_cover.bases();
  score.shared_bases = true_cover.shared(predicted_cover);
  return score;
}

}  // namespace heddle::pipeline
