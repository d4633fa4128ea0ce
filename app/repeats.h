#pragma once
// heddle genome --task repeats: options -> searches, sinks. No model.

#include "app/command.h"
#include "app/options.h"
#include "pipeline/heads/repeats/repeat_options.h"

namespace heddle::app {

void declare(CLI::App& app, pipeline::RepeatOptions& options);

struct RepeatJob {
  const GenomeOptions& genome;
  const pipeline::RepeatOptions& repeats;
  const RunOptions& run;
  const OutputOptions& output;
};
/// Runs every input and sets session.exit_code. Throws what the job throws.
void run_repeats(const RepeatJob& job, Session& session);

}  // namespace heddle::app
