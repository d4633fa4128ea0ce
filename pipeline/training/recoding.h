#pragma once
// Genes written in other codons: real proteins in genomes that nobody has sequenced. The start
// codon, stop codons, codons with an unknown base and those that another gene reads too stay as
// they are. Labels do not change.
// Threads: plain functions; a table is a value.

#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/pack/labelled_sequence.h"
#include "pipeline/simulation/draws.h"

#include <array>

namespace heddle::pipeline {

/// How often each codon is used, as if evolved at one GC content: gc^(its G and C)
/// (1 - gc)^(its A and T), up to a factor. Codons are numbered 16 a + 4 b + c.
std::array<double, 64> codon_usage_at(double gc);

/// For each codon the weights of all that may be written in its place. A row of zeros: it stays.
struct CodonTable {
  std::array<std::array<double, 64>, 64> weights{};

  int draw(int codon, NoiseDraws& draws) const;
};

/// All that mean the same amino acid, by their usage.
CodonTable synonyms(const GeneticCode& code, const std::array<double, 64>& usage);

/// The amino acid of each codon, * for stops.
std::array<char, 64> amino_acids(const GeneticCode& code);

void recode(LabelledBases& window, const CodonTable& table, NoiseDraws& draws);

}  // namespace heddle::pipeline
