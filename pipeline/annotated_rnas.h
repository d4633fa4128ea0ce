#pragma once
// The RNA genes of an annotation, of the kinds of rna_kinds.h: rows of type tRNA, rRNA and tmRNA,
// and those of ncRNA and misc_RNA that name a tmRNA (ssrA, 10Sa), as older annotations
// do. Which rRNA: by product and gene, else by length. Rows of one sequence, strand and ID are one
// gene, its introns too. Threads: plain functions.

#include "io/formats/gff3_rows.h"

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct AnnotatedRna {
  std::string sequence;
  char strand = '.';
  std::int64_t start = 0, end = 0;  // 0-based, exclusive
  int kind = -1;                    // of rna_kinds(); -1: an rRNA, but which?
  bool marked = false;              // as partial or pseudo
};

/// In the order in which they begin in the file.
std::vector<AnnotatedRna> annotated_rnas(const io::Gff3File& file);

}  // namespace heddle::pipeline
