#pragma once
// heddle genome --task motifs: options -> motifs, background, scan, sinks.

#include "app/command.h"
#include "app/options.h"

#include <string>

namespace heddle::app {

struct MotifOptions {
  std::string file;       // matrices or patterns
  double p_value = 1e-4;  // of a site of a matrix
  int mismatches = 0;     // of a site of a pattern
  double fdr = 0;         // 0: no q-values
  // auto (measured where the input is a file, else uniform), measured, uniform or A,C,G,T
  std::string background = "auto";
  double pseudocount = 0.1;
  bool of_matrices = false;  // --p-value or --pseudocount was given
};

void declare(CLI::App& app, MotifOptions& options);

struct MotifJob {
  const GenomeOptions& genome;
  const MotifOptions& motifs;
  const RunOptions& run;
  const OutputOptions& output;
};
/// Runs every input and sets session.exit_code. Throws CommandError (usage) for options that do not
/// go together, and what the job throws.
void run_motifs(const MotifJob& job, Session& session);

}  // namespace heddle::app
