#include "app/train/training_run.h"

#include "app/backend_choice.h"
#include "app/exit_codes.h"
#include "app/models.h"
#include "app/report.h"
#include "app/run_facts.h"
#include "app/train/recipe.h"
#include "app/train/run_folder.h"
#include "app/train/teacher.h"
#include "app/train/training_loop.h"
#include "app/version.h"
#include "attention/backend/backend.h"
#include "pipeline/compute_threads.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>

namespace heddle::app {
namespace {

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
  if (options.lowest_error > options.highest_error) {
    refuse("--lowest-error is above --highest-error");
  }
  if (options.resume && options.overwrite) refuse("--resume and --overwrite do not go together");
}

/// The first signal is a wish to stop, for as long as this lives.
class StopOnSignal {
 public:
  explicit StopOnSignal(Interrupt& interrupt) : interrupt_(interrupt) {
    interrupt_.on_signal([this] { stop_ = true; });
  }
  ~StopOnSignal() { interrupt_.on_signal({}); }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  const std::atomic<bool>& stop() const { return stop_; }

 private:
  Interrupt& interrupt_;
  std::atomic<bool> stop_ = false;
};

/// `name` is what the folder will be called. False: stopped, and nothing was made.
bool pack(const Packer& packer,
          const PackRequest& request,
          const std::string& name,
          Report& report) {
  const PackOutcome outcome = packer(request);
  const std::string words = "packed into " + name + ": " + outcome.words;
  for (const std::string& sequence : outcome.left_out) report.warn("left out: " + sequence);
  report.say(outcome.stopped ? "stopped; nothing was packed" : words);
  return !outcome.stopped;
}

/// The device of -d, asked before the folder is touched; auto: the best that has gradients.
const attention::Backend& learning_backend(const std::string& name) {
  if (name == "auto") {
    for (const attention::BackendStatus& status : attention::backend_statuses()) {
      if (!status.available || !status.automatic) continue;
      const attention::Backend& one = attention::backend(status.name);
      if (one.gradients() != nullptr) return one;
    }
  }
  const attention::Backend& wanted = backend_named(name);
  if (wanted.gradients() == nullptr) {
    throw CommandError(kResource, "-d " + name + ": has no gradients; train with -d cpu");
  }
  return wanted;
}

RunFacts facts_of(const attention::Backend& backend) {
  RunFacts facts{{"the program", std::string("heddle ") + kVersion + " (" + kBuild + ")"}};
  for (const attention::BackendStatus& status : attention::backend_statuses()) {
    if (status.name == backend.name())
      facts["the device"] = status.name + " (" + status.detail + ")";
  }
  return facts;
}

/// Numbers in one spelling: 3e-4 and 0.0003 are the same.
std::string plain(const std::string& text) {
  double x = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, x);
  // Integers of more digits than a double has are text.
  if (error != std::errc() || stop != end || std::abs(x) >= 0x1p53) return text;
  char digits[64];
  const auto written =
      x == std::floor(x) ? std::to_chars(digits, digits + sizeof digits, static_cast<long long>(x))
                         : std::to_chars(digits, digits + sizeof digits, x);
  return {digits, written.ptr};
}

/// What must be the same when a run is resumed. Files are known by what they hold, not by name.
RunFacts facts_of(const CLI::App& command, const TrainOptions& options) {
  RunFacts facts = that_matter(facts_of_options(command));
  for (const char* name : {"--version",
                           "--fasta",
                           "--gff",
                           "--data",
                           "--pack",
                           "--from",
                           "--teacher",
                           "--device",
                           "--store",
                           "--validate-every",
                           "--checkpoint-every",
                           "--less-memory",
                           "--genetic-code"}) {
    facts.erase(name);
  }
  // A run without a teacher says nothing of one, as runs of older programs.
  std::string& share = facts["--teacher-share"];
  if (options.teacher.empty()) {
    facts.erase("--teacher-share");
  } else if (share.empty()) {
    share = std::to_string(kTeacherShare);
  }
  for (auto& [name, value] : facts) value = plain(value);
  // As runs of programs that did not have them.
  for (const char* name : {"--evolved", "--keep-start"}) {
    if (facts[name] == "0") facts.erase(name);
  }
  return facts;
}

std::unique_ptr<TrainingLoop> opened(const TrainingSetup& setup,
                                     RunFolder& folder,
                                     Report& report) {
  try {
    return std::make_unique<TrainingLoop>(setup, folder, report);
  } catch (const std::invalid_argument& error) {  // options that do not fit
    refuse(error.what());
  }
}

/// False: a signal came first.
bool train_in(const TrainOptions& options,
              const RunFacts& facts,
              const Packer& packer,
              const std::atomic<bool>& stop,
              Report& report) {
  const pipeline::ComputeThreads threads(options.run.threads > 0 ? options.run.threads
                                                                 : pipeline::available_threads());
  const attention::Backend& backend = learning_backend(options.run.device);
  RunFolder folder(options);
  std::vector<std::string> data = options.data.shards;
  if (!options.data.fasta.empty()) {
    data = {folder.new_data()};
    const auto stopped = [&stop] { return stop.load(); };
    if (!pack(packer, {options.data, data[0], true, stopped}, folder.data(), report)) return false;
  }
  const auto loop = opened({options, facts, facts_of(backend), data, backend}, folder, report);
  if (stop) return false;
  folder.begin();
  loop->describe(threads.count());
  loop->run(stop);
  return loop->finished();
}

void train(TrainOptions options, const CLI::App& command, Session& session, const Packer& packer) {
  check(options, static_cast<bool>(packer));
  Report report("train", options.run);
  const StopOnSignal signal(session.interrupt);
  bool done = false;
  if (!options.data.pack.empty()) {
    const auto stopped = [&signal] { return signal.stop().load(); };
    const std::string& folder = options.data.pack;
    done = pack(packer, {options.data, folder, options.overwrite, stopped}, folder, report);
  } else {
    options.from = find_model(options.from).string();
    if (!options.teacher.empty()) options.teacher = find_model(options.teacher).string();
    done = train_in(options, facts_of(command, options), packer, signal.stop(), report);
  }
  if (!done) session.exit_code = 128 + session.interrupt.received();
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
      "  heddle train --from genes-tiny --teacher genes-rna --data packed -o taught\n"
      "  heddle genome other.fa -m mine -o genes.gff3");
  command.callback([options, &command, &session, packer] {
    if (!options->recipe.empty()) apply_recipe(command, options->recipe);
    train(*options, command, session, packer);
  });
}

}  // namespace heddle::app
