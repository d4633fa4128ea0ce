#pragma once
// Genes that are none any more: open reading frames whose bases are shuffled, with the start codon,
// the stop codon and everything around as it was. What is left of a gene is its frame, its length,
// its composition and its start site, and nothing that codes: a model that takes these for a gene
// must learn to look at the codons. Labels become those of no gene.
//
// Shuffled are genes of which the window holds kShortestShuffled bases or more, that no other gene,
// of RNA neither, overlaps and that have no unknown base; each on its own with probability a half.
// Codons that become stops are shuffled again. Threads: plain functions.

#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/pack/labelled_sequence.h"
#include "pipeline/simulation/draws.h"

#include <cstddef>

namespace heddle::pipeline {

inline constexpr std::size_t kShortestShuffled = 90;  // bases

/// `window` has all its tracks.
void shuffle_genes(LabelledBases& window, const GeneticCode& code, NoiseDraws& draws);

}  // namespace heddle::pipeline
