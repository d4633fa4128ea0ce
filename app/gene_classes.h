#pragma once
// --classes: which genes are told, of those that a model knows. Threads: plain functions.

#include "app/options.h"
#include "attention/model/model.h"
#include "pipeline/heads/genes.h"

#include <string>

namespace heddle::app {

/// The first class asked for that is of RNA; empty where none is. Throws CommandError (usage) where
/// one is asked for beside --lift.
std::string rna_asked_for(const GenomeOptions& options);

/// Why a model cannot tell the RNA class that is asked for: "trna: model 'a' knows no RNA genes";
/// empty: it can, or none is asked for. Throws as rna_asked_for(), and CommandError (model) where
/// its fields are wrong.
std::string why_no_rna(const GenomeOptions& options, const attention::ModelInfo& model);

/// Throws as rna_asked_for(), and CommandError (model) where a class is asked for that the model
/// does not know or its fields are wrong. What an output cannot hold: genome_inputs.h.
pipeline::GeneClasses gene_classes(const GenomeOptions& options,
                                   const attention::Model& model,
                                   bool wants_sequences);

}  // namespace heddle::app
