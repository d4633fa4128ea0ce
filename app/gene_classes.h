#pragma once
// --classes: which genes are told, of those that a model knows. Threads: plain functions.

#include "app/options.h"
#include "attention/model/model.h"
#include "pipeline/heads/genes.h"

namespace heddle::app {

/// Does the model have scores for RNA genes? Throws CommandError (model) where its fields are
/// wrong.
bool tells_rna(const attention::Model& model);

/// Throws CommandError: (model) where a class is asked for that the model does not know, (usage)
/// where it cannot be had beside --lift.
pipeline::GeneClasses gene_classes(const GenomeOptions& options,
                                   const attention::Model& model,
                                   bool wants_sequences);

}  // namespace heddle::app
