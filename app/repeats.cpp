#include "app/repeats.h"

#include "app/build.h"
#include "app/genome_inputs.h"
#include "app/job_run.h"
#include "app/jobs.h"
#include "app/outputs.h"
#include "app/summary.h"
#include "pipeline/heads/repeats/repeat_records.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

void run_one(const std::string& input,
             std::span<const OutputTarget> targets,
             const RepeatJob& job,
             JobRun& run) {
  const auto source = open_input(input, run.source_options(job.genome), false);
  run.describe(*source, targets, "a memory of its past");
  if (job.run.dry_run) return;
  Outputs outputs(
      targets, run.sink_options(*source, job.genome.genetic_code, pipeline::repeat_attributes()));
  pipeline::Graph graph(limits_for(run.threads().compute(), false));
  build_repeats(graph, *source, job.genome, job.repeats);
  RepeatSummary summary;
  RunHooks hooks;
  hooks.see = [&](const pipeline::Item& item) { summary.see(item); };
  hooks.snapshot = [&](io::Snapshot& snapshot) { snapshot(summary); };
  hooks.found = [&] { return summary.text(); };
  run.run(graph, outputs, *source, hooks);
  if (job.genome.topology == "yes") {
    run.report().say(
        "--circular yes: the sequences are told and drawn as circles, but repeats are not looked "
        "for over their origins");
  }
  if (const std::int64_t sequences = summary.sequences(); sequences > 1) {
    run.report().warn(input + " has " + std::to_string(sequences) +
                      " sequences: repeats are looked for within each, not between them");
  }
}

}  // namespace

void declare(CLI::App& app, pipeline::RepeatOptions& options) {
  const auto add = [&](const char* name, auto& value, const char* help, const char* type) {
    return app.add_option(name, value, help)->type_name(type)->group("With --task repeats");
  };
  add("--min-repeat", options.min_length, "shortest end of a pair of copies, in bases", "BP")
      ->check(CLI::Range(40, 1 << 30).description(""));
  add("--min-identity", options.min_identity, "least identity of a pair, 0.7 to 1", "X")
      ->check(CLI::Range(0.7, 1.0).description(""));
  add("--pairs-per-locus", options.pairs_per_locus, "pairs told of one place, the best", "N")
      ->check(CLI::Range(1, 10000).description(""));
  add("--max-distance", options.memory, "bases the memory holds, about 6 bytes each", "BP")
      ->check(CLI::Range(std::int64_t{1} << 16, std::int64_t{1} << 31).description(""));
}

void run_repeats(const RepeatJob& job, Session& session) {
  const auto check = [&](auto targets) { return check_files(job.genome, targets); };
  const JobRequest request{job_of("genome", "repeats"),
                           job.genome.inputs,
                           job.output,
                           job.run,
                           {job.genome.reads.bed, job.genome.reference},
                           check};
  run_job(request, session, [&](const std::string& input, auto targets, JobRun& run) {
    run_one(input, targets, job, run);
  });
}

}  // namespace heddle::app
