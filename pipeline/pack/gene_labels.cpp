#include "pipeline/pack/gene_labels.h"

#include "pipeline/encoders/bases.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

bool is_whole(const AnnotatedGene& gene, std::int64_t length) {
  return !gene.marked && gene.parts.size() == 1 && gene.end <= length &&
         (gene.end - gene.start) % 3 == 0 && (gene.strand == '+' || gene.strand == '-');
}

/// Nothing is asked of its bases on its strand, nor whether a gene starts among them.
void hide(const AnnotatedGene& gene, std::vector<std::uint8_t>& track, LabelledBases& labels) {
  const std::int64_t length = labels.size();
  for (const auto& [start, end] : gene.parts) {
    for (std::int64_t i = std::min(start, length); i < std::min(end, length); ++i) {
      track[static_cast<std::size_t>(i)] = kUnlabelled;
      std::uint8_t& begins = labels.starts[static_cast<std::size_t>(i)];
      if (begins == 0) begins = kUnlabelled;
    }
  }
}

void label(const AnnotatedGene& gene, LabelledBases& labels) {
  const bool plus = gene.strand == '+';
  std::vector<std::uint8_t>& track = plus ? labels.plus : labels.minus;
  for (std::int64_t i = gene.start; i < gene.end; ++i) {
    const std::int64_t read = plus ? i - gene.start : gene.end - 1 - i;
    const auto phase = static_cast<std::uint8_t>(1 + read % 3);
    std::uint8_t& base = track[static_cast<std::size_t>(i)];
    base = base == 0 || base == phase ? phase : kUnlabelled;
  }
  labels.starts[static_cast<std::size_t>(plus ? gene.start : gene.end - 1)] = plus ? 1 : 2;
}

}  // namespace

LabelledSequence label_sequence(const std::string& name,
                                std::string_view letters,
                                std::span<const AnnotatedGene> genes,
                                int genetic_code,
                                LabelCounts& counts) {
  LabelledSequence made{name, genetic_code, {}};
  LabelledBases& labels = made.labels;
  labels.bases.resize(letters.size());
  encode_bases(letters, labels.bases);
  for (auto* track : labels.labels()) track->resize(letters.size());
  std::ranges::fill(labels.rna, kUnlabelled);
  for (const AnnotatedGene& gene : genes) {
    if (gene.genetic_code != 0) made.genetic_code = gene.genetic_code;
    if (!is_whole(gene, labels.size())) continue;
    label(gene, labels);
    ++counts.genes;
  }
  // Last, so that nothing labels them again.
  for (const AnnotatedGene& gene : genes) {
    if (is_whole(gene, labels.size())) continue;
    if (gene.strand != '-') hide(gene, labels.plus, labels);
    if (gene.strand != '+') hide(gene, labels.minus, labels);
    ++counts.unlabelled;
  }
  return made;
}

}  // namespace heddle::pipeline
