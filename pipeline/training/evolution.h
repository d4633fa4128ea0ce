#pragma once
// Windows as of a genome that nobody has sequenced, so that a model learns what a gene is and not
// which genes there are: amino acids are replaced by such as nature takes for them, codons are used
// as a lineage of its own uses them, and what lies between genes drifts to its composition.
//
// An amino acid a becomes b in proportion to p(b) 2^(S(a, b) / 2), S being BLOSUM62 in half bits
// and p the frequencies that it counts with (Henikoff and Henikoff 1992), and to how well b's
// codons fit the usage. A codon's usage is that of the GC content times exp(N(0, own^2)).
//
// What stays: starts and the 25 bases before them (where ribosomes bind), stops, RNA genes, bases
// that two genes read, unknown bases and those that nobody is asked about. Labels do not change.
// Threads: plain functions; a lineage is a value.

#include "pipeline/training/recoding.h"

namespace heddle::pipeline {

struct Lineage {
  double gc = 0.5;        // of third positions, about
  double replaced = 0.3;  // share of the amino acids
  double drifted = 0.6;   // share of the bases between genes that are drawn anew
  double own = 0.5;       // nats by which a codon's usage differs from its GC content's
};

/// GC 0.15 to 0.9, up to half of the amino acids, 0.3 to 0.9 of what lies between genes.
Lineage draw_lineage(NoiseDraws& draws);

void evolve(LabelledBases& window,
            const GeneticCode& code,
            const Lineage& lineage,
            NoiseDraws& draws);

}  // namespace heddle::pipeline
