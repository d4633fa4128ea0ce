#include "app/motifs.h"

#include "app/build.h"
#include "app/exit_codes.h"
#include "app/genome_inputs.h"
#include "app/job_run.h"
#include "app/jobs.h"
#include "app/outputs.h"
#include "app/summary.h"
#include "io/motifs/motif.h"
#include "pipeline/heads/motifs.h"
#include "pipeline/motifs/background.h"
#include "pipeline/motifs/held_sites.h"
#include "pipeline/motifs/motif_search.h"
#include "pipeline/motifs/site_records.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace heddle::app {
namespace {

struct ChosenBackground {
  pipeline::Background probabilities{0.25, 0.25, 0.25, 0.25};
  std::string origin = "uniform";
};

// A pipe cannot be read twice.
bool can_be_measured(const std::string& input) {
  std::error_code none;
  return input != "-" && std::filesystem::is_regular_file(input, none);
}

ChosenBackground background_of(const std::string& input,
                               const MotifJob& job,
                               JobRun& run,
                               const Session& session) {
  const std::string& wanted = job.motifs.background;
  if (wanted == "uniform") return {};
  if (wanted == "auto" || wanted == "measured") {
    if (can_be_measured(input)) {
      const auto source = open_input(input, run.source_options(job.genome), false);
      const auto stop = [&session] { return session.interrupt.received() != 0; };
      return {pipeline::measure_background(*source, stop), "measured over " + input};
    }
    if (wanted == "auto") return {.origin = "uniform, since " + input + " cannot be read twice"};
    throw CommandError(kUsage,
                       "--background measured reads the input twice, which " + input +
                           " does not allow; give a file, or A,C,G,T");
  }
  try {
    return {pipeline::parse_background(wanted), "given"};
  } catch (const std::invalid_argument& error) {
    throw CommandError(kUsage, std::string("--background: ") + error.what());
  }
}

std::string words_of(const io::MotifFile& file) {
  const std::size_t count = file.motifs.size();
  return std::to_string(count) + (count == 1 ? " motif (" : " motifs (") + file.format + ")";
}

std::string text_of(const ChosenBackground& background) {
  char text[80];
  std::snprintf(text,
                sizeof text,
                "background A,T %.4f C,G %.4f (",
                background.probabilities[0],
                background.probabilities[1]);
  return text + background.origin + ")";
}

std::vector<pipeline::ScoredMotif> scored(const io::MotifFile& file,
                                          const pipeline::Background& background,
                                          const MotifOptions& options) {
  try {
    return pipeline::score_motifs(file.motifs,
                                  {.background = background,
                                   .pseudocount = options.pseudocount,
                                   .p_value = options.p_value,
                                   .mismatches = options.mismatches});
  } catch (const std::invalid_argument& error) {
    throw CommandError(kUsage, error.what());
  }
}

void warn_of_silent(std::span<const pipeline::ScoredMotif> motifs, Report& report) {
  std::string names;
  std::size_t silent = 0;
  for (const pipeline::ScoredMotif& motif : motifs) {
    if (motif.cutoff >= 0) continue;
    if (++silent <= 5) names += (names.empty() ? "" : ", ") + motif.id;
  }
  if (silent == 0) return;
  report.warn(
      std::to_string(silent) + " of " + std::to_string(motifs.size()) +
      " motifs are too short for --p-value, chance alone gives their best site more often: " +
      names + (silent > 5 ? ", ..." : ""));
}

void check(const MotifJob& job, const io::MotifFile& file) {
  const bool patterns = !file.motifs.front().pattern.empty();
  if (job.motifs.mismatches > 0 && !patterns) {
    throw CommandError(kUsage,
                       "--mismatches is for FASTA patterns; " + job.motifs.file + " holds " +
                           file.format + ", which take --p-value");
  }
  if (job.motifs.of_matrices && patterns) {
    throw CommandError(kUsage,
                       "--p-value and --pseudocount are for matrices; " + job.motifs.file +
                           " holds patterns, which take --mismatches");
  }
}

io::MotifFile read_file(const MotifJob& job, const Session& session) {
  if (job.motifs.file.empty()) {
    throw CommandError(kUsage, "--task motifs needs --motifs FILE (matrices or FASTA patterns)");
  }
  const bool genome = std::count(job.genome.inputs.begin(), job.genome.inputs.end(), "-") > 0;
  if (job.motifs.file == "-" && genome) {
    throw CommandError(kUsage, "standard input is either the genome or --motifs, not both");
  }
  io::MotifFile file = io::read_motifs(job.motifs.file, session.interrupt.descriptor());
  check(job, file);
  return file;
}

void run_one(const std::string& input,
             std::span<const OutputTarget> targets,
             const MotifJob& job,
             const io::MotifFile& file,
             JobRun& run,
             const Session& session) {
  const ChosenBackground background = background_of(input, job, run, session);
  const auto motifs = scored(file, background.probabilities, job.motifs);
  const auto source = open_input(input, run.source_options(job.genome), false);
  run.describe(*source, targets, words_of(file));
  run.report().say(text_of(background));
  warn_of_silent(motifs, run.report());
  if (job.run.dry_run) return;

  Outputs outputs(targets,
                  run.sink_options(*source, job.genome.genetic_code, pipeline::site_attributes()));
  pipeline::Graph graph(limits_for(run.threads().compute(), false));
  build_motifs(graph, *source, job.genome, motifs, job.motifs.fdr == 0);
  MotifSummary summary;
  pipeline::HeldSites held(motifs);
  RunHooks hooks;
  if (job.motifs.fdr == 0) {
    hooks.see = [&](const pipeline::Item& item) { summary.see(item); };
  } else {
    hooks.see = [&](const pipeline::Item& item) {
      summary.read(item);
      held.take(item);
    };
    hooks.before_close = [&] {
      held.release(job.motifs.fdr, [&](const io::Record& record) {
        outputs.write(io::Sequence{}, {&record, 1});
        summary.add({&record, 1});
      });
    };
  }
  hooks.snapshot = [&](io::Snapshot& snapshot) { snapshot(summary, held); };
  hooks.found = [&] { return summary.text(); };
  hooks.small = [&] { return held.bytes() <= io::Spool::kMostSnapshotBytes; };
  run.run(graph, outputs, *source, hooks);
}

}  // namespace

void declare(CLI::App& app, MotifOptions& options) {
  const std::string group = "With --task motifs";
  const auto add = [&](const char* name, auto& value, const char* help, const char* type) {
    return app.add_option(name, value, help)->type_name(type)->group(group);
  };
  add("--motifs",
      options.file,
      "JASPAR, TRANSFAC or MEME matrices, or IUPAC patterns in FASTA",
      "FILE");
  add("--p-value", options.p_value, "sites of matrices are at most this likely by chance", "P")
      ->check(CLI::Range(1e-300, 0.01));
  add("--mismatches", options.mismatches, "letters of a pattern that may differ", "K")
      ->check(CLI::Range(0, 1000));
  add("--fdr", options.fdr, "sites with q-values of at most this, at the end; 0: no q-values", "Q")
      ->check(CLI::Range(0.0, 1.0));
  add("--background",
      options.background,
      "auto, measured, uniform or probabilities A,C,G,T",
      "WHAT");
  add("--pseudocount", options.pseudocount, "added to each column of a matrix", "N")
      ->check(CLI::Range(1e-6, 1e6));
}

void run_motifs(const MotifJob& job, Session& session) {
  const io::MotifFile file = read_file(job, session);
  const auto check_inputs = [&](auto targets) { return check_files(job.genome, targets); };
  const JobRequest request{job_of("genome", "motifs"),
                           job.genome.inputs,
                           job.output,
                           job.run,
                           {job.motifs.file, job.genome.reads.bed, job.genome.reference},
                           check_inputs};
  run_job(request, session, [&](const std::string& input, auto targets, JobRun& run) {
    run_one(input, targets, job, file, run, session);
  });
}

}  // namespace heddle::app
