#include "pipeline/metrics/frames.h"

#include <algorithm>
#include <unordered_map>

namespace heddle::pipeline {
namespace {

constexpr double kInFrame = 0.9;  // share of a gene's bases

struct GeneBases {
  std::int64_t all = 0, right = 0;
};

}  // namespace

FrameScorer::FrameScorer(const io::Gff3File& predicted) {
  for (const io::Gff3Row& row : predicted.rows) {
    if (row.type != "CDS") continue;
    rows_[row.sequence].push_back({row.start, row.end, row.strand, row.phase});
  }
  for (auto& [name, rows] : rows_) {
    std::ranges::stable_sort(rows, {}, [](const Row& row) { return row.end - row.start; });
  }
}

/// (bases) a label each, as the truth's.
std::string FrameScorer::called(const io::FrameLabels& truth) const {
  std::string labels(truth.frames.size(), '0');
  const auto found = rows_.find(truth.name);
  if (found == rows_.end()) return labels;
  for (const Row& row : found->second) {
    const std::int64_t end = std::min(row.end, static_cast<std::int64_t>(labels.size()));
    const bool plus = row.strand == '+';
    const std::string_view codon = plus ? "123" : "456";
    for (std::int64_t i = 0; i < end - row.start; ++i) {
      const std::int64_t at = plus ? row.start + i : end - 1 - i;
      labels[static_cast<std::size_t>(at)] = codon[static_cast<std::size_t>(i + 3 - row.phase) % 3];
    }
  }
  return labels;
}

void FrameScorer::add(const io::FrameLabels& truth) {
  const std::string labels = called(truth);
  std::unordered_map<std::int32_t, GeneBases> genes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] != '0') ++score_.called;
    if (truth.frames[i] == '0') continue;
    const bool right = labels[i] == truth.frames[i];
    ++score_.coding;
    score_.right += right ? 1 : 0;
    if (truth.genes[i] < 0) continue;
    GeneBases& gene = genes[truth.genes[i]];
    ++gene.all;
    gene.right += right ? 1 : 0;
  }
  for (const auto& [number, gene] : genes) {
    ++score_.genes;
    const bool kept = static_cast<double>(gene.right) >= kInFrame * static_cast<double>(gene.all);
    score_.genes_in_frame += kept ? 1 : 0;
  }
}

}  // namespace heddle::pipeline
