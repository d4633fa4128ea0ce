#pragma once
// Genes written in other codons of the same amino acids, as if evolved at another GC content: real
// proteins in genomes that nobody has sequenced. The start codon, stop codons, codons with an
// unknown base and those that another gene reads too stay as they are. Labels do not change.
//
// Each synonymous codon is drawn in proportion to gc^(its G and C) (1 - gc)^(its A and T).
// Threads: plain functions.

#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/pack/labelled_sequence.h"
#include "pipeline/simulation/draws.h"

namespace heddle::pipeline {

void recode(LabelledBases& window, const GeneticCode& code, double gc, NoiseDraws& draws);

}  // namespace heddle::pipeline
