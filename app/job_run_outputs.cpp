// What becomes of a job's outputs at its end, or before it.

#include "app/exit_codes.h"
#include "app/job_run.h"

namespace heddle::app {

/// After a failure: what was finished is kept, if it still can be; without any, nothing is left.
/// The failure itself is what the user is told. Returns what to add to it.
std::string JobRun::keep_partial(Outputs& outputs,
                                 const pipeline::RunReport& done,
                                 const RunHooks& hooks) {
  try {
    if (done.left > 0) hooks.before_close();
    if (!outputs.has_results()) {
      outputs.discard();
      if (journal_) journal_->drop();
      return "";
    }
    outputs.close(true);
  } catch (const std::exception&) {
    return "";  // the sinks' destructors leave what they have
  }
  const std::string where = outputs.where_unfinished();
  return where.empty() ? "" : "; what was whole until then " + where;
}

/// What a user whose disk is full is told beside the error.
std::string JobRun::what_is_left(const Outputs& outputs) const {
  const std::string where = outputs.where_unfinished();
  if (!outputs.has_results() || !where.starts_with("is in")) return "";
  return "; what was written until then " + where +
         (journal_ && journal_->can_go_on() ? "; --resume goes on with it once there is room" : "");
}

void JobRun::verify(const pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks) {
  try {
    hooks.verify();
  } catch (const CommandError& error) {
    const std::string kept = keep_partial(outputs, graph.report(), hooks);
    if (journal_) journal_->drop();  // the same words would end the same way
    throw CommandError(error.code(), error.what() + kept);
  }
}

void JobRun::finish_outputs(pipeline::Graph& graph, Outputs& outputs, const RunHooks& hooks) {
  const bool stopped = graph.report().stopped;
  const bool kept = journal_ && journal_->kept();
  if (stopped && kept) {
    // Of a run that was still reading the old items again the entry before is the true one.
    if (const auto where = graph.checkpoint()) note(*where, graph, outputs, hooks);
  }
  hooks.before_close();
  if (!stopped && kept) journal_->before_names();
  outputs.close(stopped);
  if (stopped) note_unfinished(outputs);
  if (stopped && !outputs.has_results()) {
    outputs.discard();
    if (journal_) journal_->drop();
  } else if (stopped && kept) {
    where_unfinished_ += "; --resume goes on with it";
  } else if (!stopped && journal_) {
    journal_->complete(several_inputs_);
    if (several_inputs_ && kept) noted_done_.push_back(outputs.first());
  }
}

void JobRun::note_unfinished(const Outputs& outputs) {
  unfinished_ = true;
  const std::string where = outputs.where_unfinished();
  where_unfinished_ = outputs.has_results() && !where.empty()
                          ? "what was finished " + where
                          : "nothing was finished yet, so nothing is left";
}

}  // namespace heddle::app
