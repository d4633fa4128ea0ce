#include "app/command.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

using AddEvaluation = void (*)(CLI::App& eval);

// THE LIST of what can be judged, in the order of --help.
constexpr AddEvaluation kEvaluations[] = {add_eval_tracks,
                                          add_eval_success,
                                          add_eval_suite,
                                          add_eval_genes,
                                          add_eval_frames,
                                          add_eval_rna,
                                          add_eval_motifs,
                                          add_eval_repeats,
                                          add_eval_simulate,
                                          add_eval_errors};

}  // namespace

void add_eval_command(CLI::App& app, Session& /*session*/) {
  CLI::App* command = app.add_subcommand("eval", "how good results are, against the truth");
  command->require_subcommand(1);
  command->footer(
      "\nExamples:\n"
      "  heddle eval tracks gt.txt tracks.txt\n"
      "  heddle eval success groundtruth_rect.txt tracks.txt\n"
      "  heddle eval genes annotation.gff3.gz genes.gff3\n"
      "  heddle eval frames noisy.labels noisy.gff3\n"
      "  heddle eval rna annotation.gff3.gz genes.gff3\n"
      "  heddle eval motifs truth.bed sites.gff3\n"
      "  heddle eval repeats truth.bedpe pairs.bedpe\n"
      "'heddle eval tracks --help' explains what is counted.");
  for (const AddEvaluation add : kEvaluations) add(*command);
}

}  // namespace heddle::app
