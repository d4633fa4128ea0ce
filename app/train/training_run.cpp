#include "app/train/training_run.h"

#include "app/backend_choice.h"
#include "app/exit_codes.h"
#include "app/models.h"
#include "app/report.h"
#include "app/run_facts.h"
#include "app/train/recipe.h"
#include "app/train/training_loop.h"
#include "pipeline/compute_threads.h"

#include <CLI/CLI.hpp>

#include <filesystem>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& what) { throw CommandError(kUsage, "train: " + what); }

void check_pairs(const TrainingData& data) {
  if (data.fasta.size() == data.gff.size()) return;
  refuse(std::to_string(data.fasta.size()) + " --fasta and " + std::to_string(data.gff.size()) +
         " --gff; give each sequence file its annotation, in the same order");
}

void check(const TrainOptions& options, bool can_pack) {
  const TrainingData& data = options.data;
  check_pairs(data);
  const bool files = !data.fasta.empty();
  if (!can_pack && (files || !data.pack.empty())) {
    refuse("this program reads packed data only; make them with heddle train --pack");
  }
  if (!data.pack.empty()) {
    if (!files) refuse("--pack needs --fasta and --gff");
    return;
  }
  if (options.from.empty()) refuse("--from is missing: the model to begin with (see heddle info)");
  if (options.output.empty()) refuse("-o is missing: the folder of the model and its log");
  if (files && !data.shards.empty()) refuse("--data and --fasta do not go together");
  if (!files && data.shards.empty()) refuse("no data: give --fasta and --gff, or --data");
  if (options.resume && options.overwrite) refuse("--resume and --overwrite do not go together");
}

/// Makes the folder, and refuses one that holds a run unless that is wanted.
void prepare_folder(const TrainOptions& options) {
  const fs::path checkpoint = fs::path(options.output) / kCheckpointFile;
  const bool there = fs::exists(checkpoint) || fs::exists(fs::path(options.output) / kWeightsFile);
  if (options.resume && !fs::exists(checkpoint)) {
    throw CommandError(kInput, checkpoint.string() + ": no such file; there is nothing to resume");
  }
  if (there && !options.resume && !options.overwrite) {
    throw CommandError(
        kOutput,
        options.output + ": holds a training run; --resume goes on with it, -y begins again");
  }
  std::error_code error;
  fs::create_directories(options.output, error);
  if (error) throw CommandError(kOutput, options.output + ": " + error.message());
  if (options.resume) return;
  for (const char* name : {kCheckpointFile, kWeightsFile, kLogFile, kCurveFile}) {
    fs::remove(fs::path(options.output) / name, error);
  }
}

std::vector<std::string> folders_of_data(const TrainOptions& options,
                                         const Packer& packer,
                                         Report& report) {
  if (options.data.fasta.empty()) return options.data.shards;
  const std::string folder = (fs::path(options.output) / "data").string();
  report.say(packer(options.data, folder));
  return {folder};
}

/// Asked before the folder is touched.
const attention::Backend& backend_that_learns(const std::string& name) {
  const attention::Backend& backend = backend_named(name);
  if (backend.gradients()) return backend;
  throw CommandError(kResource, "-d " + name + ": has no gradients yet; train with -d cpu");
}

/// What must be the same when a run is resumed. Files are known by what they hold, not by name.
RunFacts facts_of(const CLI::App& command) {
  RunFacts facts = that_matter(facts_of_options(command));
  for (const char* name : {"--version",
                           "--fasta",
                           "--gff",
                           "--data",
                           "--pack",
                           "--from",
                           "--device",
                           "--store",
                           "--validate-every",
                           "--checkpoint-every",
                           "--genetic-code"}) {
    facts.erase(name);
  }
  return facts;
}

void train(TrainOptions options, const CLI::App& command, Session& session, const Packer& packer) {
  check(options, static_cast<bool>(packer));
  Report report("train", options.run);
  const pipeline::ComputeThreads threads(options.run.threads > 0 ? options.run.threads
                                                                 : pipeline::available_threads());
  if (!options.data.pack.empty()) {
    report.say(packer(options.data, options.data.pack));
    return report.last_line();
  }
  options.from = find_model(options.from).string();
  const attention::Backend& backend = backend_that_learns(options.run.device);
  prepare_folder(options);
  TrainingLoop loop({options, facts_of(command), folders_of_data(options, packer, report), backend},
                    report);
  loop.describe(threads.count());
  loop.run(session.interrupt);
  if (!loop.finished()) session.exit_code = 128 + session.interrupt.received();
  report.last_line();
}

}  // namespace

void make_train_command(CLI::App& command, Session& session, const Packer& packer) {
  auto options = std::make_shared<TrainOptions>();
  declare(command, *options);
  command.footer(
      "\nDIR gets weights.safetensors (for heddle genome -m), log.jsonl, loss.svg and the "
      "checkpoint "
      "that\n"
      "--resume goes on from, with the same bits as an undisturbed run. Ctrl-C keeps a "
      "checkpoint.\n"
      "\nExamples:\n"
      "  heddle train --from genes-reference --fasta mine.fa --gff mine.gff3 -o mine\n"
      "  heddle train --pack packed --fasta a.fa b.fa --gff a.gff3 b.gff3\n"
      "  heddle train configs/train/genes.toml --data packed -o run\n"
      "  heddle genome other.fa -m mine -o genes.gff3");
  command.callback([options, &command, &session, packer] {
    if (!options->recipe.empty()) apply_recipe(command, options->recipe);
    train(*options, command, session, packer);
  });
}

}  // namespace heddle::app
