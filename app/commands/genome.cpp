#include "app/build.h"
#include "app/command.h"
#include "app/exit_codes.h"
#include "app/job_run.h"
#include "app/motifs.h"
#include "app/options.h"
#include "app/outputs.h"
#include "app/repeats.h"
#include "app/summary.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

const Job kJob{"genome", "genes", "genes-reference"};

struct Options {
  GenomeOptions genome;
  MotifOptions motifs;
  pipeline::RepeatOptions repeats;
  RunOptions run;
  OutputOptions output;
};

void run_one(const std::string& input,
             std::span<const OutputTarget> targets,
             const Options& options,
             JobRun& job) {
  io::SourceOptions source_options = job.source_options(options.genome);
  source_options.keep_records = rewrite_records(targets);
  if (options.genome.lift && source_options.keep_records) {
    throw CommandError(kUsage,
                       "--lift moves genes onto references; SAM, BAM and CRAM outputs keep "
                       "them in the reads: leave one of them out");
  }
  const auto source = open_input(input, source_options, false);
  if (source_options.keep_records && source->info().header == nullptr) {
    throw io::InputError(input + " is " + source->info().format +
                         "; only the records of SAM, BAM and CRAM can be written again with tags");
  }
  job.describe(*source, targets);
  if (options.run.dry_run) return;
  io::SinkOptions sink_options = job.sink_options(*source, options.genome.genetic_code);
  sink_options.reference = options.genome.reference;
  Outputs outputs(targets, sink_options);
  GenomeSummary summary;
  pipeline::Graph graph(limits_for(job.threads().compute(), false));
  const Notes notes =
      build_genome(graph, *source, job.model(), options.genome, outputs.wants_sequences());
  job.warn_if_long(
      *source,
      options.genome.passes,
      estimate_genome(*source, job.model(), options.genome.passes, job.threads().compute()));
  job.run(graph, outputs, *source, [&](const pipeline::Item& item) { summary.add(item.records); });
  if (!options.genome.lift) job.report().say(summary.text());
  for (const std::string& note : notes()) job.report().say(note);
}

/// Options that mean nothing to the chosen task.
void refuse_options(const CLI::App& command,
                    std::span<const char* const> names,
                    const std::string& task) {
  for (const char* name : names) {
    if (command.get_option(name)->count() > 0) {
      throw CommandError(kUsage, std::string(name) + " goes with --task " + task);
    }
  }
}

}  // namespace

void add_genome_command(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("genome", "genes, motifs and repeats of genomes and reads");
  auto options = std::make_shared<Options>();
  declare(*command, options->genome);
  declare(*command, options->motifs);
  declare(*command, options->repeats);
  declare(*command,
          options->output,
          "gff3 bed tsv faa ffn bedpe paf jsonl; of reads also sam bam cram");
  declare(*command, options->run);
  command->footer(
      "\nExamples:\n"
      "  heddle genome genome.fa -o genes.gff3\n"
      "  heddle genome draft.fa.gz -O gff3,faa,ffn -o results/\n"
      "  zcat reads.fq.gz | heddle genome - -O bed > genes.bed\n"
      "  heddle genome genome.fa --task motifs --motifs jaspar.txt -O tsv -o sites.tsv\n"
      "  heddle genome genome.fa --task repeats -O gff3,bedpe -o repeats/");
  command->callback([options, command, &session] {
    const std::string& task = options->genome.task;
    if (task != "motifs") refuse_options(*command, kMotifOptions, "motifs");
    if (task != "repeats") refuse_options(*command, kRepeatOptions, "repeats");
    if (task == "motifs") {
      return run_motifs({options->genome, options->motifs, options->run, options->output}, session);
    }
    if (task == "repeats") {
      if (command->get_option("--min-length")->count() > 0) {
        const bool own = command->get_option("--min-repeat")->count() > 0;
        set_shortest(options->repeats, options->genome.min_length, own);
      }
      return run_repeats({options->genome, options->repeats, options->run, options->output},
                         session);
    }
    const JobRequest request{kJob,
                             options->genome.inputs,
                             options->output,
                             options->run,
                             false,
                             "gff3",
                             {options->genome.reference, options->genome.reads.bed}};
    run_job(request, session, [&](const auto& input, auto targets, JobRun& job) {
      run_one(input, targets, *options, job);
    });
  });
}

}  // namespace heddle::app
