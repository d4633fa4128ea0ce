#pragma once
// Genomes as sequencers get them wrong, with the truth of their genes kept base by base: for
// judging gene finders where errors are.
//
// Errors are those of long reads: 40 % substitutions, 35 % deletions, 25 % insertions of the same
// base, eight times likelier in runs of four or more equal bases, counted from the run's fourth,
// and three times at a run's third. Letters that are no base (N) have them too. A base keeps its
// label through them; an inserted one has none. The order of draws is laid down, as numbers are
// published that were measured on what they gave:
// tests/unit/pipeline/simulation/sequencing_errors_test.cpp has check sums. Threads: any.
//
// Example: heddle eval errors genome.fa annotation.gff3 --rate 0.01 -o noisy

#include "io/formats/frame_labels.h"
#include "io/formats/gff3_rows.h"
#include "pipeline/simulation/mersenne_draws.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// 0-based, exclusive. Its frame begins with its first base.
struct CodingRow {
  std::int64_t start = 0, end = 0;
  char strand = '+';  // anything else is read as '-'
};

/// By sequence, in the file's order: rows of type CDS that are whole codons long, each by itself,
/// but those whose attributes have the letters 'pseudo=true' or 'part=' anywhere.
std::map<std::string, std::vector<CodingRow>> coding_rows(const io::Gff3File& annotation);

/// Of a sequence of `length` bases, from which rows that end behind it are left out; where rows
/// overlap the last one speaks.
io::FrameLabels frame_labels(const std::string& name,
                             std::int64_t length,
                             std::span<const CodingRow> rows);

/// Bases, in upper case, and what is true of them.
struct TrueSequence {
  std::string bases;
  io::FrameLabels truth;  // of as many bases
};

/// `rate` errors a base in the mean, 0 to 1. Throws RequestError where more errors were drawn than
/// there are bases.
TrueSequence with_errors(const TrueSequence& sequence, double rate, MersenneDraws& draws);

/// A part of `sequence`, either strand, called read`number`: 600 to 20,000 bases, log-normal about
/// `mean_length`, no longer than the sequence.
TrueSequence draw_read(const TrueSequence& sequence,
                       std::int64_t number,
                       double mean_length,
                       MersenneDraws& draws);

}  // namespace heddle::pipeline
