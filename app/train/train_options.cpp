#include "app/train/train_options.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

void declare(CLI::App& command, TrainingData& data) {
  command
      .add_option("--pack",
                  data.pack,
                  "only pack --fasta and --gff into this folder, for --data on any machine")
      ->type_name("DIR");
  command
      .add_option("--fasta", data.fasta, "sequences, each file with the --gff of the same place")
      ->type_name("FILE");
  command.add_option("--gff", data.gff, "their genes, GFF3 or GenBank")->type_name("FILE");
  command
      .add_option("-g,--genetic-code",
                  data.genetic_code,
                  "11 or 4, where the annotation does not say (transl_table)")
      ->check(CLI::IsMember({4, 11}))
      ->type_name("N");
  command
      .add_option("--data",
                  data.shards,
                  "folder of packed data, in place of --fasta and --gff; may be repeated")
      ->allow_extra_args(false)
      ->type_name("DIR");
}

constexpr std::int64_t kMost = std::int64_t{1} << 40;
constexpr double kLongestWindow = 1 << 24;  // bases

/// Numbers for which `holds`; `range` says which these are.
CLI::Validator numbers(bool (*holds)(double), const std::string& range) {
  const auto complaint = [holds, range](const std::string& text) {
    double x = 0;
    const bool right = CLI::detail::lexical_cast(text, x) && holds(x);
    return right ? std::string() : text + " is not " + range;
  };
  return {complaint, ""};
}

template <class Value>  // a number, or one that need not be given
CLI::Option* number(CLI::App& command, const char* name, Value& value, const char* help) {
  return command.add_option(name, value, help)
      ->check(numbers([](double x) { return x >= 0 && x < 1e30; }, "a number from 0 on"))
      ->type_name("X");
}

template <class Value>  // a number, or one that need not be given
CLI::Option* share(CLI::App& command, const char* name, Value& value, const char* help) {
  return command.add_option(name, value, help)
      ->check(numbers([](double x) { return x >= 0 && x <= 1; }, "from 0 to 1"))
      ->type_name("X");
}

CLI::Option* share_below_one(CLI::App& command, const char* name, double& value, const char* help) {
  return command.add_option(name, value, help)
      ->check(numbers([](double x) { return x >= 0 && x < 1; }, "from 0 to below 1"))
      ->type_name("X");
}

CLI::Option* rate(CLI::App& command, const char* name, double& value, const char* help) {
  return command.add_option(name, value, help)
      ->check(numbers([](double x) { return x > 0 && x <= 1; }, "above 0, to 1"))
      ->type_name("X");
}

template <class Value>
CLI::Option* count(
    CLI::App& command, const char* name, Value& value, const char* help, std::int64_t least = 0) {
  return command.add_option(name, value, help)
      ->check(CLI::Range(least, kMost).description(""))
      ->type_name("N");
}

void declare_optimiser(CLI::App& command, TrainOptions& options) {
  count(command, "--steps", options.steps, "of the whole run", 1);
  count(command, "--batch", options.batch, "windows a step, one after the other", 1);
  number(command, "--learning-rate", options.learning_rate, "at its peak");
  count(command, "--warm-up", options.warm_up, "steps in which the rate rises; then it falls");
  share(command, "--final-share", options.final_share, "of the peak, at the last step");
  number(command, "--decay", options.decay, "AdamW's weight decay, of matrices");
  number(command, "--clip", options.clip, "largest norm of the gradient; 0: any");
  share_below_one(
      command, "--average", options.average, "how much the moving average keeps a step");
  share(command,
        "--keep-start",
        options.keep_start,
        "of the start's values in the model that is written; 0.5: the mean of before and after");
  share(command, "--smoothing", options.smoothing, "of the frames' labels");
  number(command,
         "--start-weight",
         options.start_weight,
         "of the loss of starts, where the model tells them");
  number(command, "--rna-weight", options.rna_weight, "of the loss of RNA genes, for such models");
  command.add_flag("--bfloat16", options.bfloat16, "give the model parameters rounded to bf16");
  command.add_flag("--less-memory",
                   options.less_memory,
                   "compute layers again instead of keeping what backward needs");
  command.add_option("--seed", options.seed, "of samples and changes")->type_name("N");
}

void declare_samples(CLI::App& command, TrainOptions& options) {
  command.add_option("--window", options.window, "bases a sample; 0: the model's segment")
      ->check(numbers([](double x) { return x == 0 || (x >= 8 && x <= kLongestWindow); },
                      "0, or from 8 to 16777216"))
      ->type_name("N");
  command
      .add_option("--segments",
                  options.segments,
                  "of a stream that learn from one another, for models with memory; 0: 2")
      ->check(CLI::Range(0, 1024).description(""))
      ->type_name("N");
  count(command,
        "--chapter",
        options.chapter,
        "segments after which memory begins afresh, for models with memory",
        1);
  share_below_one(
      command, "--held-back", options.held_back, "of each sequence, its end, for validation");
  share(command, "--reverse", options.reverse, "of windows that are turned round");
  share(command, "--clean", options.clean, "of windows without errors");
  rate(command, "--lowest-error", options.lowest_error, "errors a base, of the others");
  rate(command, "--highest-error", options.highest_error, "errors a base, of the others");
  share(command, "--recoded", options.recoded, "of windows written in other codons");
  share(command,
        "--evolved",
        options.evolved,
        "of windows written as of a genome that nobody has sequenced: other amino acids too");
  share(command,
        "--cut",
        options.cut,
        "of windows that end at a contig's edge, for models without memory");
  share(command, "--gaps", options.gaps, "of windows with a run of N");
  share(command,
        "--shuffled",
        options.shuffled,
        "of windows half of whose genes are shuffled, and are none any more");
  share(command,
        "--rna-windows",
        options.rna_windows,
        "of windows drawn around an RNA gene, for models that tell them");
}

void declare_run(CLI::App& command, TrainOptions& options) {
  count(command, "--validate-every", options.validate_every, "steps; 0: only at the end");
  count(command, "--checkpoint-every", options.checkpoint_every, "steps; 0: only at the end");
  command
      .add_option(
          "-t,-@,--threads", options.run.threads, "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  command
      .add_option("-d,--device", options.run.device, "auto, or a back end that heddle info names")
      ->type_name("NAME");
  command.add_option("--progress", options.run.progress, "auto, bar, line, json or none")
      ->check(CLI::IsMember({"auto", "bar", "line", "json", "none"}))
      ->type_name("HOW");
  command.add_option("--log", options.run.log, "add all messages to this file")->type_name("FILE");
  command.add_flag("-q,--quiet", options.run.quiet, "only errors on standard error");
  command.add_flag("-v,--verbose", options.run.verbose, "also what validation says");
}

}  // namespace

void declare(CLI::App& command, TrainOptions& options) {
  command.add_option("recipe", options.recipe, "options in a TOML file; the command line wins")
      ->type_name("RECIPE");
  declare(command, options.data);
  command.add_option("--from", options.from, "the model to begin with: name, folder or file")
      ->type_name("MODEL");
  command.add_flag("--fresh", options.fresh, "its shapes, but new values: training from scratch");
  command
      .add_option("--add",
                  options.add,
                  "rna: give the model a head for tRNA, tmRNA and rRNA genes, which it learns anew")
      ->check(CLI::IsMember({"rna"}))
      ->type_name("HEAD");
  command
      .add_option("--teacher",
                  options.teacher,
                  "a model whose answers are part of each target: name, folder or file")
      ->type_name("MODEL");
  share(command,
        "--teacher-share",
        options.teacher_share,
        "of each target, the teacher's; without it 0.5");
  command
      .add_option("--freeze",
                  options.freeze,
                  "leave the tensors as they are whose names begin so; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command.add_option("-o,--output", options.output, "folder of the model, its log and its curve")
      ->type_name("DIR");
  command.add_flag(
      "-y,--overwrite", options.overwrite, "begin again where DIR holds a run, or packed data");
  command.add_flag("--resume", options.resume, "go on from the checkpoint in DIR");
  command.add_option("--store", options.store, "type of the weights that are written")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}))
      ->type_name("TYPE");
  declare_optimiser(command, options);
  declare_samples(command, options);
  declare_run(command, options);
}

}  // namespace heddle::app
