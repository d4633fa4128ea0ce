#pragma once
// An annotation as labels of bases. Whole genes are labelled; those that are marked (partial,
// pseudo, in parts), whose length is no multiple of three, or that leave the sequence make their
// bases unlabelled on their strand, and so do bases that two genes of one strand claim in different
// frames. Threads: plain functions.

#include "pipeline/annotated_genes.h"
#include "pipeline/pack/labelled_sequence.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace heddle::pipeline {

struct LabelCounts {
  std::int64_t genes = 0;       // labelled
  std::int64_t unlabelled = 0;  // genes whose bases count for nothing
  std::int64_t rnas = 0;        // the same of RNA genes
  std::int64_t unlabelled_rnas = 0;
};

/// `genes` are those of this sequence; nothing is said of RNA genes (rna_labels.h). `genetic_code`
/// is for a sequence whose genes say none.
LabelledSequence label_sequence(const std::string& name,
                                std::string_view letters,
                                std::span<const AnnotatedGene> genes,
                                int genetic_code,
                                LabelCounts& counts);

}  // namespace heddle::pipeline
