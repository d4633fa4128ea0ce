#include "app/build.h"
#include "app/command.h"
#include "app/dump_config.h"
#include "app/exit_codes.h"
#include "app/gene_classes.h"
#include "app/gene_passes.h"
#include "app/genome_inputs.h"
#include "app/given_options.h"
#include "app/job_run.h"
#include "app/jobs.h"
#include "app/motifs.h"
#include "app/option_rules.h"
#include "app/options.h"
#include "app/outputs.h"
#include "app/repeats.h"
#include "app/run_facts.h"
#include "app/summary.h"
#include "pipeline/heads/consensus/gene_consensus.h"
#include "pipeline/heads/crispr/crispr_records.h"
#include "pipeline/heads/genes/gene_records.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

struct Options {
  GenomeOptions genome;
  MotifOptions motifs;
  pipeline::RepeatOptions repeats;
  RunOptions run;
  OutputOptions output;
  std::string values = "depth";  // what bedgraph and bw show
};

void declare_values(CLI::App& app, std::string& values) {
  app.add_option(
         "--values",
         values,
         "of bedgraph and bw: depth (features over a base), or how likely a base is coding: "
         "coding (on either strand), plus, minus")
      ->check(CLI::IsMember({"depth", "coding", "plus", "minus"}))
      ->type_name("WHAT");
}

void check_values(const Options& options, std::span<const OutputTarget> targets) {
  if (options.values == "depth") return;
  if (options.genome.lift) {
    throw CommandError(kUsage,
                       "--values " + options.values +
                           " is told along the reads, and --lift leaves them: leave one of them "
                           "out");
  }
  if (!any_in(targets, "bedgraph") && !any_in(targets, "bw")) {
    throw CommandError(kUsage, "--values " + options.values + " goes with -O bedgraph and -O bw");
  }
}

io::Values values_named(const std::string& name) {
  if (name == "coding") return io::Values::kCoding;
  if (name == "plus") return io::Values::kPlus;
  return name == "minus" ? io::Values::kMinus : io::Values::kDepth;
}

/// What is said of a model means nothing where none is asked.
void check_model(const Options& options) {
  if (needs_model(options.genome)) return;
  const std::string stray = !options.run.model.empty()  ? "-m " + options.run.model
                            : options.values != "depth" ? "--values " + options.values
                                                        : "";
  if (stray.empty()) return;
  throw CommandError(kUsage,
                     stray +
                         " means nothing beside --classes crispr, which needs no model: leave "
                         "one of them out, or ask for cds too");
}

/// Of the records of a run: what its tables have columns for. No model where none is needed.
std::vector<io::Attribute> attributes_of(const GenomeOptions& options,
                                         const attention::Model* model) {
  if (options.consensus) return pipeline::consensus_attributes();
  std::vector<io::Attribute> all;
  if (model != nullptr) all = pipeline::gene_attributes(options.lift);
  const auto add = [&all](const std::vector<io::Attribute>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  if (model != nullptr && gene_classes(options, *model, false).rna) add(pipeline::rna_attributes());
  if (arrays_asked_for(options)) add(pipeline::crispr_attributes());
  return all;
}

void warn_if_long(const io::Source& source, const GenomeOptions& options, JobRun& job) {
  const attention::Model& model = job.model();
  const int passes = gene_passes(options, model);
  job.warn_if_long(source,
                   estimate_genome(source, model, passes, job.threads().compute()),
                   faster_ways(job_of("genome", "genes"), model.info().name, passes));
}

void run_one(const std::string& input,
             std::span<const OutputTarget> targets,
             const Options& options,
             JobRun& job) {
  io::SourceOptions source_options = job.source_options(options.genome);
  source_options.keep_records = rewrite_records(targets);
  const auto source = open_input(input, source_options, false);
  check_source(options.genome, targets, source->info());
  const attention::Model* model = needs_model(options.genome) ? &job.model() : nullptr;
  job.describe(*source, targets, "no model");
  const std::vector<io::Attribute> attributes = attributes_of(options.genome, model);
  if (options.run.dry_run) return;
  io::SinkOptions sink_options = job.sink_options(*source, options.genome.genetic_code, attributes);
  sink_options.reference = options.genome.reference;
  Outputs outputs(targets, sink_options);
  outputs.show(values_named(options.values));
  GenomeSummary summary(model != nullptr, arrays_asked_for(options.genome));
  pipeline::Graph graph(limits_for(job.threads().compute(), false));
  const AfterRun after =
      build_genome(graph, *source, model, options.genome, outputs.wants_sequences());
  if (model != nullptr && !options.genome.reads.by_region()) {  // how much that leaves is not known
    warn_if_long(*source, options.genome, job);
  }
  RunHooks hooks;
  hooks.see = [&](const pipeline::Item& item) { summary.see(item); };
  hooks.before_close = [&] { outputs.write(io::Sequence{}, after.records()); };
  hooks.snapshot = [&](io::Snapshot& snapshot) { snapshot(summary); };
  if (!options.genome.lift) hooks.found = [&] { return summary.text(); };
  job.run(graph, outputs, *source, hooks);
  for (const std::string& note : after.notes()) job.report().say(note);
}

void run_genes(const Options& options, Job job, Session& session) {
  if (!needs_model(options.genome)) job.kind.clear();
  const auto check = [&](auto targets) {
    check_model(options);
    check_values(options, targets);
    return check_files(options.genome, targets);
  };
  const JobRequest request{job,
                           options.genome.inputs,
                           options.output,
                           options.run,
                           {options.genome.reference, options.genome.reads.bed},
                           check};
  run_job(request, session, [&](const auto& input, auto targets, JobRun& run) {
    run_one(input, targets, options, run);
  });
}

}  // namespace

void add_genome_command(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("genome", "genes, motifs and repeats of genomes and reads");
  auto options = std::make_shared<Options>();
  declare(*command, options->genome);
  declare(*command, options->motifs);
  declare(*command, options->repeats);
  declare_values(*command, options->values);
  declare(*command, options->output, formats_help("genome"));
  declare(*command, options->run, "--quiet");
  command->footer(
      "\nExamples:\n"
      "  heddle genome draft.fa.gz -O gff3,faa,ffn -o results/\n"
      "  heddle genome genome.fa --task motifs --motifs jaspar.txt -O tsv -o sites.tsv");
  command->callback([options, command, &session] {
    obey_rules(*command, session.config_file);
    if (options->genome.task == "genes") {
      show_passes(*command, options->run, job_of("genome", "genes"));
    }
    if (options->run.dump_config) return print_result(config_of(*command));
    options->run.given = given_options(*command);
    session.options = facts_of_options(*command);
    const std::string& task = options->genome.task;
    if (task == "motifs") {
      options->motifs.of_matrices =
          command->count("--p-value") + command->count("--pseudocount") > 0;
      return run_motifs({options->genome, options->motifs, options->run, options->output}, session);
    }
    if (task == "repeats") {
      return run_repeats({options->genome, options->repeats, options->run, options->output},
                         session);
    }
    run_genes(*options, job_of("genome", task), session);
  });
}

}  // namespace heddle::app
