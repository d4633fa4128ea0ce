#pragma once
// --classes: which genes are told, of those that a model knows. Threads: plain functions.

#include "app/options.h"
#include "attention/model/model.h"
#include "pipeline/heads/genes.h"

#include <string>

namespace heddle::app {

/// Arrays of CRISPR are: 'crispr' or 'all'.
bool arrays_asked_for(const GenomeOptions& options);

/// False where arrays alone are asked for.
bool needs_model(const GenomeOptions& options);

/// The first class asked for beside coding genes: trna, crispr; empty where none is. Throws
/// CommandError (usage) where one is asked for beside --lift, and for repeats, which are a task.
std::string beside_coding(const GenomeOptions& options);

/// Why a model cannot tell the RNA class that is asked for: "trna: model 'a' knows no RNA genes";
/// empty: it can, or none is asked for. Throws as beside_coding(), and CommandError (model) where
/// its fields are wrong.
std::string why_no_rna(const GenomeOptions& options, const attention::ModelInfo& model);

/// Throws as beside_coding(), and CommandError (model) where a class is asked for that the model
/// does not know or its fields are wrong. What an output cannot hold: genome_inputs.h.
pipeline::GeneClasses gene_classes(const GenomeOptions& options,
                                   const attention::Model& model,
                                   bool wants_sequences);

}  // namespace heddle::app
