#pragma once
// Changes to labelled bases that keep the labels true: what makes a few genomes many, and a model
// of assemblies one of reads. Every change is drawn from the generator that is passed in.
//
// Errors are those of long reads: 40 % substitutions, 35 % deletions, 25 % insertions of the same
// base, eight times likelier in runs of four or more equal bases and three times in runs of three.
// An N has none. A base keeps its label through them; an inserted one has none of a gene (0), but
// that of the RNA gene that it is in: there is no frame to keep.
// Threads: plain functions.

#include "pipeline/pack/labelled_sequence.h"
#include "pipeline/simulation/draws.h"

#include <cstdint>

namespace heddle::pipeline {

/// How often each change is made to a window, and how strong it is.
struct Augmentation {
  double reverse = 0.5;        // share of windows that are turned round
  double clean = 0.3;          // share without errors
  double lowest_error = 3e-4;  // of the others: a rate between these, log-uniform
  double highest_error = 0.04;
  double recoded = 0;       // share whose genes are written in other codons
  double lowest_gc = 0.25;  // towards a GC content between these
  double highest_gc = 0.75;
  double evolved = 0;   // share written as of a genome that nobody has sequenced (evolution.h)
  double cut = 0.1;     // share that end at a contig's edge
  double gaps = 0.02;   // share with a run of N
  double shuffled = 0;  // share some of whose genes are shuffled (shuffling.h): hard negatives
  double rna = 0;       // share drawn around an RNA gene, each kind as often
};

/// The other strand, in its reading direction; + and - labels change places, of RNA genes too.
void reverse_complement(LabelledBases& window);

/// Errors at `rate` a known base in the mean.
void add_errors(LabelledBases& window, double rate, NoiseDraws& draws);

/// A run of N up to an eighth of the window long. The labels stay: genes go on behind a gap.
void add_gap(LabelledBases& window, NoiseDraws& draws);

/// Makes the window `length` long: cut at its end, or filled with N that nobody is asked about.
void fit(LabelledBases& window, std::int64_t length);

/// A contig's edge somewhere: what is left of it, or right, becomes N that nobody is asked about.
void cut(LabelledBases& window, NoiseDraws& draws);

}  // namespace heddle::pipeline
