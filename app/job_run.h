#pragma once
// What all jobs share around their graph: thread budget, model, header, progress, interruption,
// outputs, last line.

#include "app/build.h"
#include "app/command.h"
#include "app/jobs.h"
#include "app/outputs.h"
#include "app/report.h"
#include "app/run_journal.h"
#include "pipeline/graph.h"
#include "pipeline/threads.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heddle::app {

/// What a command adds to a run.
struct RunHooks {
  /// Looks at every item after it was written.
  std::function<void(const pipeline::Item&)> see;
  /// May write what had to wait for the end, also that of a run that failed.
  std::function<void()> before_close = [] {};
  /// Of a run that came to its input's end: throws CommandError where it cannot stand for what was
  /// asked; what was whole then stays as NAME.partial.
  std::function<void()> verify = [] {};
  /// What `see` gathered.
  std::function<void(io::Snapshot&)> snapshot;
  /// Whether that is little enough to be written now and then.
  std::function<bool()> small = [] { return true; };
  /// What was found so far, in words; said once behind the run, whether it was stopped or not.
  std::function<std::string()> found = [] { return std::string(); };
};

class JobRun {
 public:
  /// Sets the thread budget and loads the job's model, if it has one.
  JobRun(const Job& job,
         const RunOptions& options,
         const OutputOptions& outputs,
         const Session& session);

  const pipeline::ThreadBudget& threads() const { return threads_; }
  const attention::Model& model() const { return model_.value(); }
  Report& report() { return report_; }

  /// The next input. False: an earlier run that this one goes on with has done it. Throws as
  /// RunJournal does.
  bool begin(const std::string& input, std::span<const OutputTarget> targets, RunFacts facts);
  /// 'reading x.fa (FASTA, gzip) with genes-reference on cpu, 2 threads -> out.gff3'; `with`
  /// stands for the model where there is none.
  void describe(const io::Source& source,
                std::span<const OutputTarget> targets,
                const std::string& with = {});
  /// Says BEFORE 12 minutes here BEHIND, where it is minutes.
  void say_if_long(double seconds, const std::string& before, const std::string& behind);
  /// Warns when the run will take minutes. `seconds` <= 0: unknown. `faster`: as faster_ways() says
  /// it.
  void warn_if_long(const io::Source& source, double seconds, const std::string& faster);
  io::SourceOptions source_options(const GenomeOptions& options) const;
  /// `attributes`: those of the task's features.
  io::SinkOptions sink_options(const io::Source& source,
                               int genetic_code,
                               std::vector<io::Attribute> attributes = {}) const;
  /// No more than these frames of an input are wanted (0: all): for its progress.
  void expect_at_most(std::int64_t frames) { most_ = frames; }
  /// Runs the graph into the outputs, closes them; on an interruption completes them as
  /// NAME.partial. Keeps the journal, and goes on where an earlier run was left.
  void run(pipeline::Graph& graph,
           Outputs& outputs,
           const io::Source& source,
           const RunHooks& hooks);
  /// The last line. Returns the exit code: kSomeFailed instead of kOk when samples failed.
  int finish(int exit_code);
  /// An input was stopped before its end.
  bool unfinished() const { return unfinished_; }
  void expect_inputs(std::size_t count) { several_inputs_ = count > 1; }
  /// For sources that may block: readable once the run should stop.
  int stop_descriptor() const { return session_.interrupt.descriptor(); }

 private:
  void work(pipeline::Graph& graph,
            Outputs& outputs,
            const io::Source& source,
            const RunHooks& hooks);
  void verify(const pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks);
  std::string keep_partial(Outputs& outputs,
                           const pipeline::RunReport& done,
                           const RunHooks& hooks);
  std::string what_is_left(const Outputs& outputs) const;
  void see_empty(const io::Source& source, const pipeline::Item& item);
  void settle(const io::Source& source);
  void note_unfinished(const Outputs& outputs);
  void say_found(const RunHooks& hooks);
  void go_on(pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks);
  void keep_journal(pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks);
  void note(const pipeline::Checkpoint& at,
            const pipeline::Graph& graph,
            Outputs& outputs,
            const RunHooks& hooks);
  void finish_outputs(pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks);

  const Job job_;
  const RunOptions options_;
  const OutputOptions output_options_;
  const Session& session_;
  Report report_;
  pipeline::ThreadBudget threads_;
  std::optional<attention::Model> model_;
  std::int64_t most_ = 0;
  bool several_inputs_ = false;
  std::int64_t empty_ = 0;               // FASTA records without bases, of the input in work
  std::optional<RunJournal> journal_;    // of the input in work
  std::vector<std::string> noted_done_;  // inputs whose journal says so: the first output's name
  std::int64_t failed_before_ = 0;       // of the input in work, in the run that it goes on with
  std::int64_t failed_ = 0;              // samples that left as failure records
  bool unfinished_ = false;              // outputs that stay NAME.partial
  std::string where_unfinished_;
};

/// A command's whole course: outputs planned for all inputs, model loaded, each input run, last
/// line.
struct JobRequest {
  const Job& job;
  std::span<const std::string> inputs;
  const OutputOptions& outputs;
  const RunOptions& run;
  std::vector<std::string> also_read;  // references, regions, motifs; empty names count for nothing
  /// Looks at the outputs (of the first input; the others' are in the same formats) and whatever
  /// else can be told before the model is loaded; returns what to say of it. Empty: nothing to look
  /// at.
  std::function<std::vector<std::string>(std::span<const OutputTarget>)> check;
};
using RunOne = std::function<void(
    const std::string& input, std::span<const OutputTarget> targets, JobRun& job)>;
/// Sets session.exit_code; throws what the job throws.
void run_job(const JobRequest& request, Session& session, const RunOne& run_one);

}  // namespace heddle::app
