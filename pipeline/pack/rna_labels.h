#pragma once
// RNA genes of an annotation as labels of bases (labelled_sequence.h). Those that are marked, whose
// kind is not known, whose strand is not said or that leave the sequence make their bases
// unlabelled, and so do bases that two genes claim for two classes. Threads: plain functions.

#include "pipeline/annotated_rnas.h"
#include "pipeline/pack/gene_labels.h"

#include <span>

namespace heddle::pipeline {

/// `rnas` are those of this sequence. Every other base becomes one of no RNA gene: not to be called
/// where the annotation has none on any sequence, and so says nothing.
void label_rnas(std::span<const AnnotatedRna> rnas, LabelledBases& labels, LabelCounts& counts);

}  // namespace heddle::pipeline
