#pragma once
// What a user may choose about genes, and the prices of the decoder's one objective.

#include <cstdint>

namespace heddle::pipeline {

/// kNone: strict open reading frames. kIndels: frameshifts and stops read through, at a price.
/// kAuto: what is safe for clean and noisy sequence alike.
enum class ErrorModel : std::uint8_t { kAuto, kNone, kIndels };

/// Scores are log-odds in nats: coding in a frame against not coding, summed over bases. A price is
/// subtracted from that sum. See README.md for how the values were chosen.
struct GenePrices {
  double evidence_limit = 8;  // log-odds of one base are clipped here: no base speaks alone
  double clean_limit = 0.15;  // ... and here in sequence without errors: bases vote
  double codon_usage = 1.5;   // gained per nat that a codon is likelier in the sequence's genes
  double gene = 6;  // of every gene; below that of a shift, or neighbours are sewn together
  double gtg = 10, ttg = 12, rare_start = 48;  // of a start codon, ATG being free
  double ribosome_site = 4;        // gained per unit of ribosome_site.h's motif strength
  double short_gene = 26;          // of a gene of length 0, falling linearly to none ...
  int short_length = 240;          // ... at this many bases
  double open_end = 2;             // of an end beyond the sequence's edge
  double same_strand = 1;          // of an overlap of two genes on one strand ...
  double same_strand_base = 0.3;   // ... and of each base beyond the usual four (ATGA)
  double other_strand = 4;         // of an overlap with a gene on the other strand ...
  double other_strand_base = 0.3;  // ... and of each base of it
  double shift = 9;                // of an inserted or deleted base, in noisy sequence
  double read_through = 16;        // of a stop codon passed over
};

/// What sequence with errors asks for, in nats.
struct ErrorPrices {
  double shift = 0;           // of a frameshift
  double read_through = 0;    // of a stop codon passed over
  double evidence_limit = 0;  // of one base: a shift must pay within a few codons
};

struct GeneOptions {
  int genetic_code = 11;
  ErrorModel error_model = ErrorModel::kAuto;
  int min_length = 90;           // bases with the stop codon; shorter genes are not told
  int min_open_length = 60;      // of what is seen of a gene that runs off an edge
  int min_tail = 12;             // from a frameshift to its gene's stop, or to the edge there
  int max_overlap = 60;          // of two genes on one strand, bases
  bool partial = true;           // allow genes that run off an edge (false: closed ends)
  bool wants_sequences = false;  // fill Interval::nucleotides and ::protein
  GenePrices prices;
};

}  // namespace heddle::pipeline
