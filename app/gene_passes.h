#pragma once
// How many passes `heddle genome` makes: --passes, else what its model asks for.

#include "app/jobs.h"
#include "app/options.h"
#include "attention/model/model.h"

#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

/// Throws CommandError (model) where the model asks for what is no number of passes.
int gene_passes(const GenomeOptions& options, const attention::Model& model);

/// Makes what the run's model asks for the default of `command`'s --passes, so that the journal,
/// --log and --dump-config tell a number. Only the model's description is read; where it cannot be,
/// the default stays empty: whoever loads the model says why.
void show_passes(CLI::App& command, const RunOptions& options, const Job& job);

/// '; genes-tiny, the default, is several times as fast, --passes 1 twice, at a loss of accuracy':
/// what is faster than `passes` of the model `name`; empty: nothing is.
std::string faster_ways(const Job& job, const std::string& name, int passes);

}  // namespace heddle::app
