#pragma once
// Labelled bases with genes of known proteins, for tests.

#include "pipeline/encoders/bases.h"
#include "pipeline/pack/gene_labels.h"

#include <random>
#include <string>
#include <vector>

namespace heddle::pipeline {

/// ATG, codons that are no stops, TAA.
inline std::string made_gene(int codons, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string gene = "ATG";
  while (static_cast<int>(gene.size()) < 3 * (codons - 1)) {
    std::string codon;
    for (int i = 0; i < 3; ++i) codon += "ACGT"[random() % 4];
    if (codon != "TAA" && codon != "TAG" && codon != "TGA") gene += codon;
  }
  return gene + "TAA";
}

/// 30 bases, a gene, 30 bases; on the - strand turned round.
inline LabelledBases with_gene(const std::string& gene, char strand = '+') {
  const std::string spacer = "GATTACAGATTACAGATTACAGATTACACC";
  AnnotatedGene row;
  row.strand = strand;
  row.start = 30;
  row.end = 30 + static_cast<std::int64_t>(gene.size());
  row.parts = {{row.start, row.end}};
  LabelCounts counts;
  const std::string inside = strand == '+' ? gene : reverse_complement(gene);
  return label_sequence("s", spacer + inside + spacer, std::span(&row, 1), 11, counts).labels;
}

/// What the labels say the gene reads: bases in phase order, from the + track.
struct ReadBase {
  char letter;
  int phase;  // 1 2 3
};
inline std::vector<ReadBase> read_labels(const LabelledBases& window) {
  std::vector<ReadBase> read;
  for (std::size_t i = 0; i < window.bases.size(); ++i) {
    if (window.plus[i] >= 1 && window.plus[i] <= 3) {
      read.push_back({"ACGTN"[window.bases[i]], window.plus[i]});
    }
  }
  return read;
}

}  // namespace heddle::pipeline
