#pragma once
// A subcommand: one file in commands/, one row in commands/list.cpp.

#include "app/interrupt.h"
#include "app/journal.h"

#include <span>
#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

/// What main hands to every command.
struct Session {
  Interrupt& interrupt;
  int exit_code = 0;        // set by the command
  std::string config_file;  // of -c; empty: none
  RunFacts options;         // of the command, those that may change results
};

/// Declares the subcommand and its options; its callback runs it and sets session.exit_code.
/// `session` outlives the parse.
using AddCommand = void (*)(CLI::App& app, Session& session);

/// THE LIST, in the order of --help.
std::span<const AddCommand> commands();

void add_video_command(CLI::App& app, Session& session);
void add_genome_command(CLI::App& app, Session& session);
void add_serve_command(CLI::App& app, Session& session);
void add_train_command(CLI::App& app, Session& session);
void add_eval_command(CLI::App& app, Session& session);
void add_bench_command(CLI::App& app, Session& session);
void add_info_command(CLI::App& app, Session& session);
void add_docs_command(CLI::App& app, Session& session);

/// `heddle bench scaling`.
void add_bench_scaling(CLI::App& bench, Session& session);

/// What `heddle eval` can judge: one file in commands/ each, one row in commands/eval.cpp.
void add_eval_tracks(CLI::App& eval);
void add_eval_success(CLI::App& eval);
void add_eval_suite(CLI::App& eval);
void add_eval_genes(CLI::App& eval);
void add_eval_frames(CLI::App& eval);
void add_eval_rna(CLI::App& eval);
void add_eval_motifs(CLI::App& eval);
void add_eval_repeats(CLI::App& eval);
void add_eval_simulate(CLI::App& eval);
void add_eval_errors(CLI::App& eval);

}  // namespace heddle::app
