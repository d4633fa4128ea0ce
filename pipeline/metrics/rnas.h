#pragma once
// RNA genes against an annotation. A gene is found when one of its kind lies on its strand and the
// two share `overlap` of the longer one at least; each counts once, the best pair first. Genes of
// the truth that are marked (partial, pseudo) or whose kind is not known are not judged, and
// neither is what lies on them. A predicted rRNA whose kind is not known can be none of the
// truth's: it is extra.
//
// Threads: a plain function.

#include "io/formats/gff3_rows.h"
#include "pipeline/rna_kinds.h"

#include <array>
#include <cstdint>

namespace heddle::pipeline {

struct RnaScore {
  std::int64_t truths = 0;  // annotated and judged
  std::int64_t predicted = 0;
  std::int64_t found = 0;
  std::int64_t extra = 0;  // predicted, and of no gene of the truth, judged or not

  /// Shares; 0 where there is nothing to divide.
  double recall() const { return share(found, truths); }
  double precision() const { return share(found, found + extra); }
  double f1() const { return share(2 * found, truths + found + extra); }
  void operator+=(const RnaScore& other);

 private:
  static double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
  }
};

struct RnaScores {
  std::array<RnaScore, kRnaKinds> of_kind;  // in the order of rna_kinds()
  RnaScore of_no_kind;  // rRNAs of which neither words nor length tell: predicted and
                        // extra alone
};

RnaScores score_rnas(const io::Gff3File& truth, const io::Gff3File& predicted, double overlap);

}  // namespace heddle::pipeline
