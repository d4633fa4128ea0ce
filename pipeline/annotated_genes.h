#pragma once
// The genes of an annotation: its rows of type CDS, those of one sequence and strand with one ID as
// the parts of one gene. Threads: plain functions.

#include "io/formats/gff3_rows.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace heddle::pipeline {

struct AnnotatedGene {
  std::string sequence;
  char strand = '.';
  std::int64_t start = 0, end = 0;                           // of all parts, 0-based, exclusive
  std::vector<std::pair<std::int64_t, std::int64_t>> parts;  // in the file's order
  bool marked = false;   // as partial, pseudo, a part, or read with a slip of the ribosome
  int genetic_code = 0;  // of transl_table; 0: not said
};

/// In the order in which they begin in the file.
std::vector<AnnotatedGene> annotated_genes(const io::Gff3File& file);

/// Each row of type CDS as a gene of its own, marked where its attributes have the letters of a
/// mark anywhere: so read scorers of a few lines, which take 'pseudouridine' for a pseudogene.
std::vector<AnnotatedGene> genes_by_row(const io::Gff3File& file);

}  // namespace heddle::pipeline
