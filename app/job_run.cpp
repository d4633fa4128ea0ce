#include "app/job_run.h"

#include "app/exit_codes.h"
#include "app/input_facts.h"
#include "app/inputs.h"
#include "app/run_facts.h"
#include "app/version.h"
#include "io/interrupted_error.h"
#include "io/read_error.h"
#include "pipeline/gene_scores.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <exception>
#include <utility>

namespace heddle::app {
namespace {

constexpr std::int64_t kNamedEmpty = 3;

/// What sinks may want of the item beside its records: the frame, or the bases of its core.
io::Sample sample_of(pipeline::Item& item) {
  if (item.frame) return std::move(*item.frame);
  io::Sequence sequence;
  if (!item.segment) return sequence;
  const pipeline::Segment& segment = *item.segment;
  sequence.records = segment.records;
  sequence.name = segment.sequence;
  sequence.kind = segment.kind;
  sequence.offset = segment.core_begin;
  sequence.bases =
      segment.bases.substr(static_cast<std::size_t>(segment.core_begin - segment.begin),
                           static_cast<std::size_t>(segment.core_end - segment.core_begin));
  sequence.first = segment.first;
  sequence.last = segment.last;
  sequence.circular = segment.circular;
  return sequence;
}

/// "Repeats of chr20.fa".
std::string title_of(const Job& job, const io::Source& source) {
  std::string what = job.task.empty() ? job.command : job.task;
  what.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(what.front())));
  std::string uri = source.info().name;
  while (uri.size() > 1 && uri.ends_with('/')) uri.pop_back();
  return what + " of " + uri.substr(uri.find_last_of('/') + 1);
}

}  // namespace

JobRun::JobRun(const Job& job,
               const RunOptions& options,
               const OutputOptions& outputs,
               const Session& session)
    : job_(job),
      options_(options),
      output_options_(outputs),
      session_(session),
      report_(job.command, options),
      threads_(options.threads > 0 ? options.threads : pipeline::available_threads()),
      model_(job.kind.empty() ? std::nullopt : std::optional(load_model(options, job))) {
  report_.detail("heddle " + std::string(kVersion) + " (" + kBuild + ") " + job.command);
  for (const auto& [option, value] : session.options) report_.detail("  " + option + " " + value);
  if (!model_) return;
  const attention::ModelInfo& info = model_->info();
  report_.detail("  model " + info.name + ", " + info.path + ", sha256 " + info.sha256);
  for (const auto& status : attention::backend_statuses()) {
    if (status.name == model_->backend().name()) {
      report_.detail("  back end " + status.name + ": " + status.detail);
    }
  }
}

void JobRun::describe(const io::Source& source,
                      std::span<const OutputTarget> targets,
                      const std::string& with) {
  std::string line =
      "reading " + source.info().name + " (" + source.info().format + ") with " +
      (model_ ? model_->info().name + " on " + std::string(model_->backend().name()) : with) +
      ", " + std::to_string(threads_.compute()) +
      (threads_.compute() == 1 ? " thread" : " threads");
  for (const OutputTarget& target : targets) {
    line += (&target == targets.data() ? " -> " : ", ") +
            (target.path == "-" ? "standard output" : target.path);
  }
  report_.say(line);
}

void JobRun::say_if_long(double seconds, const std::string& before, const std::string& behind) {
  constexpr double kWorthSaying = 120;
  if (seconds < kWorthSaying) return;
  report_.say(before + std::to_string(std::lround(seconds / 60)) + " minutes here" + behind);
}

void JobRun::warn_if_long(const io::Source& source, double seconds, const std::string& faster) {
  // Of reads only the file's size is known: short ones cost more a base.
  const bool reads = source.info().format.find("FASTA") == std::string::npos;
  say_if_long(seconds,
              std::string("this will take ") + (reads ? "at least " : "about "),
              faster + ": " + source.info().name);
}

io::SourceOptions JobRun::source_options(const GenomeOptions& options) const {
  io::SourceOptions made;
  made.stop_descriptor = stop_descriptor();
  made.threads = threads_.sequence_decoding();
  made.piece = options.io_chunk;
  made.reference = options.reference;
  made.reads = options.reads;
  return made;
}

io::SinkOptions JobRun::sink_options(const io::Source& source,
                                     int genetic_code,
                                     std::vector<io::Attribute> attributes) const {
  io::SinkOptions options;
  options.input = source.info();
  options.overwrite = output_options_.overwrite;
  options.to_continue = journal_ && journal_->earlier();
  options.genetic_code = genetic_code;
  options.program = std::string("heddle ") + kVersion;
  options.attributes = std::move(attributes);
  options.title = title_of(job_, source);
  options.run = {{"Program", options.program},
                 {"Task", job_.task.empty() ? job_.command : job_.task},
                 {"Input", source.info().name + " (" + source.info().format + ")"}};
  if (model_) options.run.emplace_back("Model", model_->info().name);
  options.run.emplace_back("Options", options_.given.empty() ? "defaults" : options_.given);
  return options;
}

bool JobRun::begin(const std::string& input,
                   std::span<const OutputTarget> targets,
                   RunFacts facts) {
  facts["the input " + input] = fact_of_input(input);
  std::string formats;
  for (const OutputTarget& target : targets) {
    formats += (formats.empty() ? "" : ",") + target.format;
  }
  facts["-O"] = formats;
  facts["heddle"] = std::string(kVersion) + " (" + kBuild + ")";
  for (const auto& back_end : attention::backend_statuses()) {
    if (back_end.available) facts["the back end " + back_end.name] = back_end.detail;
  }
  if (model_) facts["the model"] = model_->info().name + " " + model_->info().sha256;
  journal_.emplace(RunJournal::Run{input, targets, std::move(facts)}, output_options_);
  failed_before_ = 0;
  if (journal_->done()) {
    const bool noted = journal_->earlier().has_value();
    if (noted) noted_done_.push_back(targets.front().path);
    if (noted) {
      report_.say(input + " is done already");
    } else {
      report_.warn(
          input + ": " + targets.front().path +
          " is there already and is left as it is; nothing tells any more what it was made "
          "from, so if that was not this input with these options, -y makes it anew");
    }
    return false;
  }
  if (output_options_.resume && !journal_->earlier()) {
    report_.say("there is no earlier run of " + input + " to go on with: beginning at its start");
  }
  return true;
}

void JobRun::go_on(pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks) {
  const JournalEntry& earlier = *journal_->earlier();
  try {
    outputs.go_on(earlier.sinks);
    io::Snapshot snapshot(earlier.job);
    hooks.snapshot(snapshot);
    snapshot.end();
    graph.resume(earlier.checkpoint);
  } catch (const io::SnapshotError& error) {
    throw CommandError(kOutput,
                       std::string("--resume: the journal does not fit this run: ") + error.what() +
                           "; -y without --resume starts anew");
  }
  failed_before_ = earlier.failed;
  failed_ += earlier.failed;
  report_.say("going on behind what an earlier run has written");
}

void JobRun::keep_journal(pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks) {
  if (!journal_) return;
  if (journal_->earlier()) go_on(graph, outputs, hooks);
  const std::string unable = outputs.not_continuable();
  if (output_options_.resume && !unable.empty()) {
    report_.warn("outputs in " + unable +
                 " cannot be continued: a run that is interrupted begins anew");
  }
  journal_->start(unable.empty());
  if (!journal_->kept()) return;
  const std::int64_t every = outputs.safe_every();
  graph.mark_when(
      [this, every](std::int64_t item) { return (item + 1) % every == 0 && journal_->due(); },
      [&, this](const pipeline::Checkpoint& at) { note(at, graph, outputs, hooks); });
}

void JobRun::note(const pipeline::Checkpoint& at,
                  const pipeline::Graph& graph,
                  Outputs& outputs,
                  const RunHooks& hooks) {
  try {
    journal_->write([&](JournalEntry& entry) {
      if (!hooks.small() || !outputs.snapshot(entry.sinks)) return false;
      entry.checkpoint = at;
      entry.failed = failed_before_ + graph.report().failed;
      io::Snapshot snapshot;
      hooks.snapshot(snapshot);
      entry.job = snapshot.take();
      return true;
    });
  } catch (const CommandError& error) {
    // The run is worth more than its journal, and the entry before is still true.
    report_.warn(error.what());
  }
}

void JobRun::say_found(const RunHooks& hooks) {
  if (const std::string found = hooks.found(); !found.empty()) report_.say(found);
}

void JobRun::run(pipeline::Graph& graph,
                 Outputs& outputs,
                 const io::Source& source,
                 const RunHooks& hooks) {
  try {
    work(graph, outputs, source, hooks);
    say_found(hooks);
  } catch (const io::ClosedPipe&) {
    throw;  // whoever reads has gone, and wants to be told nothing
  } catch (const io::OutputError& error) {
    const std::string what = error.what();
    if (what.find(".partial") != what.npos) throw;  // it says so itself
    throw io::OutputError(what + what_is_left(outputs));
  }
}

void JobRun::work(pipeline::Graph& graph,
                  Outputs& outputs,
                  const io::Source& source,
                  const RunHooks& hooks) {
  keep_journal(graph, outputs, hooks);
  graph.to([&](pipeline::Item& item) {
    const io::Sample sample = sample_of(item);
    if (outputs.wants_coding() && !item.failure) {
      outputs.write_coding(sample, pipeline::coding_of(item.outputs.view()));
    }
    outputs.write(sample, item.records);
    see_empty(source, item);
    hooks.see(item);
  });
  session_.interrupt.on_signal([this, &graph] {
    graph.request_stop(pipeline::Inside::kDropUnstarted);
    report_.say("stopping: what is under way is finished first; a second signal ends at once");
  });
  std::int64_t total = source.info().total;
  if (most_ > 0) total = total < 0 ? most_ : std::min(total, most_);
  report_.start_progress(source.info().video ? "frames" : "segments",
                         [&graph, total] { return progress_of(graph.report(), total); });
  const auto end_early = [&] {
    settle(source);
    // A stop ends the wait for a stream in this way too.
    const bool stopped = graph.report().stopped && graph.report().left > 0;
    const std::string kept = keep_partial(outputs, graph.report(), hooks);
    if (stopped) note_unfinished(outputs);
    if (stopped) say_found(hooks);
    return kept;
  };
  try {
    graph.run();
  } catch (const io::InterruptedError&) {
    graph.request_stop();  // the reader has heard of the stop before the graph
  } catch (const io::ReadError& error) {
    throw io::ReadError(error.what() + end_early());
  } catch (const io::InputError& error) {
    const std::string kept = end_early();
    if (journal_) journal_->drop();  // the same input would end the same way
    throw io::InputError(error.what() + kept);
  } catch (const io::OutputError&) {
    settle(source);
    keep_partial(outputs, graph.report(), hooks);
    throw;
  } catch (...) {
    settle(source);
    const std::string kept = keep_partial(outputs, graph.report(), hooks);
    if (!kept.empty()) report_.warn("failed" + kept);
    throw;
  }
  settle(source);
  report_.stages(graph.report());
  failed_ += graph.report().failed;
  if (!graph.report().stopped) verify(graph, outputs, hooks);
  finish_outputs(graph, outputs, hooks);
}

/// Of FASTA alone: reads are often trimmed to nothing.
void JobRun::see_empty(const io::Source& source, const pipeline::Item& item) {
  if (source.info().format.find("FASTA") == std::string::npos) return;
  for (const io::Record& record : item.records) {
    const auto* end = std::get_if<io::SequenceEnd>(&record);
    if (end == nullptr || end->length != 0 || ++empty_ > kNamedEmpty) continue;
    report_.warn(source.info().name + ": the record '" + end->sequence + "' has no bases");
  }
}

/// The graph has come to its end.
void JobRun::settle(const io::Source& source) {
  session_.interrupt.on_signal({});
  report_.stop_progress();
  const std::int64_t unnamed = std::exchange(empty_, 0) - kNamedEmpty;
  if (unnamed > 0) {
    report_.warn(source.info().name + ": " + std::to_string(unnamed) +
                 (unnamed == 1 ? " more record has" : " more records have") + " no bases");
  }
}

int JobRun::finish(int exit_code) {
  if (exit_code == kOk) {  // after any other, --resume must know how these were made
    for (const std::string& output : noted_done_) Journal(output).remove();
  }
  if (failed_ > 0) {
    report_.warn(std::to_string(failed_) +
                 " samples failed; each left a failure record (-O jsonl shows them all)");
  }
  if (unfinished_) {
    report_.warn("interrupted: " + where_unfinished_);
  } else if (exit_code > 128) {  // between two inputs
    report_.warn("interrupted before all was done");
  } else if (exit_code == kOk && session_.interrupt.received() != 0) {
    report_.say("all was done before the stop: nothing is missing");
  }
  if (options_.dry_run) {
    report_.say("dry run: nothing was computed or written");
  } else {
    report_.last_line();
  }
  return exit_code == kOk && failed_ > 0 ? kSomeFailed : exit_code;
}

void run_job(const JobRequest& request, Session& session, const RunOne& run_one) {
  std::vector<std::string> also_read = request.also_read;
  also_read.push_back(request.run.model);
  also_read.push_back(session.config_file);
  const auto planned = plan_outputs({request.outputs, request.inputs, request.job, also_read});
  std::vector<std::string> notes;
  if (request.check) notes = request.check(planned.front());
  for (std::size_t i = 0; request.outputs.resume && i < planned.size(); ++i) {
    const std::string why_not = why_not_continuable(request.inputs[i], planned[i]);
    if (!why_not.empty()) throw CommandError(kUsage, "--resume: " + why_not);
  }
  JobRun job(request.job, request.run, request.outputs, session);
  require_there(request.inputs);
  job.expect_inputs(request.inputs.size());
  for (const std::string& note : notes) job.report().say(note);
  RunFacts facts = that_matter(session.options);
  for (const std::string& file : request.also_read) {
    if (!file.empty()) facts["the file " + file] = fact_of_file(file);
  }
  const int code = run_inputs(request.inputs, session, [&](std::size_t i) {
    const bool dry = request.run.dry_run;
    if (dry || job.begin(request.inputs[i], planned[i], facts)) {
      run_one(request.inputs[i], planned[i], job);
    }
    return !job.unfinished();
  });
  session.exit_code = job.finish(code);
}

}  // namespace heddle::app
