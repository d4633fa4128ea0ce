#pragma once
// What the reads that tell one stop codon say about the rest of the gene.

#include "io/record.h"

#include <cstdint>
#include <map>
#include <span>

namespace heddle::pipeline {

/// Where codons of a row begin, modulo 3, counted by their left ends.
int codon_frame(const io::Interval::Part& row, char strand);

struct AgreedGene {
  io::Interval gene;             // without attributes and sequences of one read
  std::int64_t start_votes = 0;  // 0: no read saw the start, the gene is partial
};

/// `told`: genes of one strand with one stop, at least one. `starts`: 5' ends in the stop's frame,
/// with the reads that tell them, of these genes and of others that lead through it. Rows that more
/// than half of `told` tell, shifts and all, as they are, if no start has more reads; else one row
/// in the stop's frame, from the start that most tell (the longer gene of equals), or from the
/// furthest that any of `told` reads in that frame.
AgreedGene agreed_gene(std::span<const io::Interval> told,
                       const std::map<std::int64_t, std::int64_t>& starts);

}  // namespace heddle::pipeline
