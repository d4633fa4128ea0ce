#include "app/job_run.h"

#include "app/exit_codes.h"
#include "app/inputs.h"
#include "app/version.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <exception>
#include <utility>

namespace heddle::app {
namespace {

/// After a failure: what was finished is kept, if it still can be; without any, nothing is left.
/// The failure itself is what the user is told. Returns what to add to it.
std::string keep_partial(Outputs& outputs,
                         const pipeline::RunReport& done,
                         const std::function<void()>& before_close) {
  const std::string where = outputs.where_unfinished();
  try {
    if (done.left > 0) before_close();
    if (done.left == 0 || !outputs.has_results()) {
      outputs.discard();
      return "";
    }
    outputs.close(true);
  } catch (const std::exception&) {
    return "";  // the sinks' destructors leave what they have
  }
  return "; what was whole until then " + where;
}

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
      overwrite_(outputs.overwrite),
      session_(session),
      report_(job.command, options),
      threads_(options.threads > 0 ? options.threads : pipeline::available_threads()),
      model_(job.kind.empty() ? std::nullopt : std::optional(load_model(options, job))) {}

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

void JobRun::warn_if_long(const io::Source& source, int passes, double seconds) {
  if (seconds < 120) return;
  const auto minutes = std::to_string(std::lround(seconds / 60));
  // Of reads only the file's size is known: short ones cost more a base.
  const bool reads = source.info().format.find("FASTA") == std::string::npos;
  report_.say(std::string("this will take ") + (reads ? "at least " : "about ") + minutes +
              " minutes here" + (passes > 1 ? "; --passes 1 takes half, at a small loss: " : ": ") +
              source.info().name);
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
                                     std::vector<std::string> columns) const {
  io::SinkOptions options;
  options.input = source.info();
  options.overwrite = overwrite_;
  options.genetic_code = genetic_code;
  options.program = std::string("heddle ") + kVersion;
  options.columns = std::move(columns);
  options.title = title_of(job_, source);
  options.run = {{"Program", options.program},
                 {"Task", job_.task.empty() ? job_.command : job_.task},
                 {"Input", source.info().name + " (" + source.info().format + ")"}};
  if (model_) options.run.emplace_back("Model", model_->info().name);
  options.run.emplace_back("Options", options_.given.empty() ? "defaults" : options_.given);
  return options;
}

void JobRun::run(pipeline::Graph& graph,
                 Outputs& outputs,
                 const io::Source& source,
                 const std::function<void(const pipeline::Item&)>& see,
                 const std::function<void()>& before_close) {
  graph.to([&](pipeline::Item& item) {
    outputs.write(sample_of(item), item.records);
    see(item);
  });
  session_.interrupt.on_signal([this, &graph] {
    graph.request_stop();
    report_.say("stopping: what is under way is finished first; a second signal ends at once");
  });
  std::int64_t total = source.info().total;
  if (most_ > 0) total = total < 0 ? most_ : std::min(total, most_);
  report_.start_progress(source.info().video ? "frames" : "segments",
                         [&graph, total] { return progress_of(graph.report(), total); });
  try {
    graph.run();
  } catch (const io::InputError& error) {
    settle();
    // A stop ends the wait for a stream in this way too.
    if (graph.report().stopped && graph.report().left > 0) note_unfinished(outputs);
    throw io::InputError(error.what() + keep_partial(outputs, graph.report(), before_close));
  } catch (...) {
    settle();
    const std::string kept = keep_partial(outputs, graph.report(), before_close);
    if (!kept.empty()) report_.warn("failed" + kept);
    throw;
  }
  settle();
  const pipeline::RunReport done = graph.report();
  report_.stages(done);
  failed_ += done.failed;
  before_close();
  if (done.stopped) note_unfinished(outputs);
  outputs.close(done.stopped);
  if (done.stopped && !outputs.has_results()) outputs.discard();
}

void JobRun::note_unfinished(const Outputs& outputs) {
  unfinished_ = true;
  where_unfinished_ = outputs.has_results() ? "what was finished " + outputs.where_unfinished()
                                            : "nothing was finished yet, so nothing is left";
}

/// The graph has come to its end.
void JobRun::settle() {
  session_.interrupt.on_signal({});
  report_.stop_progress();
}

int JobRun::finish(int exit_code) {
  if (failed_ > 0) {
    report_.warn(std::to_string(failed_) +
                 " samples failed; each left a failure record (-O jsonl shows them all)");
  }
  if (unfinished_) report_.warn("interrupted: " + where_unfinished_);
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
  if (request.check) request.check(planned.front());
  JobRun job(request.job, request.run, request.outputs, session);
  const int code = run_inputs(
      request.inputs, session, [&](std::size_t i) { run_one(request.inputs[i], planned[i], job); });
  session.exit_code = job.finish(code);
}

}  // namespace heddle::app
