// What a running stream leaves for the next process, and how it goes on from there.

#include "app/gene_passes.h"
#include "app/input_facts.h"
#include "app/serve/kept_events.h"
#include "app/serve/streams/running_stream.h"
#include "attention/model/model.h"
#include "io/address.h"
#include "io/formats/json_text.h"

#include <algorithm>
#include <utility>

namespace heddle::app::serve {
namespace {

/// As kUnknownEvents.
constexpr std::int64_t kUnknownIdentities = 1000;

std::int64_t now_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

StreamCheckpoints::Place RunningStream::checkpoint_place(const StreamSeams& seams) const {
  StreamCheckpoints::Place place{
      services_.state_folder, spec_.id, options_.facts, seams.checkpoint_every};
  place.facts["the kind"] = spec_.kind + " " + spec_.task;
  place.facts["the input"] = io::without_password(spec_.input);
  if (input_kind(spec_) == InputKind::kFile) {
    place.facts["the input"] += " " + fact_of_input(spec_.input);
  }
  const attention::Model* model =
      spec_.kind == "video" ? services_.video_model : services_.genome_model;
  if (model != nullptr && spec_.task == "genes") {
    place.facts["--passes"] = std::to_string(gene_passes(options_.genome, *model));
  }
  if (model != nullptr) place.facts["the model"] = model->info().name + " " + model->info().sha256;
  return place;
}

/// A file that drops is as a camera: nobody can say where it was.
bool RunningStream::repeatable() const {
  return input_kind(spec_) == InputKind::kFile && spec_.policy != "drop_oldest";
}

SavedStream RunningStream::saved() {
  SavedStream now;
  results_.hold([&] {
    io::Snapshot snapshot;
    results_.snapshot(snapshot);
    now.memo.results = snapshot.take();
    now.memo.last_event = log_.last();
    now.memo.skipped = log_.skipped();
    intake_->settled(results_.held_counts().sequences);
    now.memo.parts = intake_->save_parts();
  });
  const StreamStatus status = this->status();
  now.memo.reconnects = status.reconnects;
  now.memo.dropped = status.dropped;
  now.memo.wall_milliseconds = now_milliseconds();
  now.memo.restarts = spec_.restarts;
  return now;
}

void RunningStream::save(SavedStream saved) {
  const bool good = checkpoints_.write(std::move(saved), [this](const std::string& why) {
    trouble({kCheckpointFailed, why});
    if (unwritten_.exchange(true)) return;
    services_.say("the stream " + spec_.id + ": its checkpoint cannot be written: " + why +
                  "; the stream goes on, but a restart would begin further back");
  });
  constexpr TroubleCode kOfTheDisk[] = {kCheckpointFailed};
  if (good) mended(kOfTheDisk);
  if (good && unwritten_.exchange(false)) {
    services_.say("the stream " + spec_.id + ": its checkpoints are written again");
  }
  const bool asked = checkpoint_asked_.exchange(false);
  const bool idle = log_.last() == told_checkpoint_;  // nothing was told since
  if (!good || (idle && !asked)) return;
  told_checkpoint_ =
      log_.publish("checkpoint", io::text_of({{"samples", results_.counts().samples}}));
}

bool RunningStream::checkpoint() {
  if (!checkpoints_.kept() || ended(status().state)) return false;
  checkpoint_asked_ = true;
  checkpoints_.ask();
  return true;
}

/// Without a checkpoint; its listeners may have seen numbers of earlier processes all the same.
void RunningStream::begin_anew(std::int64_t last_event, const std::string& why) {
  if (spec_.restarts > 0) log_.start_after(last_event, kUnknownEvents * spec_.restarts);
  if (!why.empty()) trouble({"checkpoint_unusable", why});
}

/// Before the first event: whoever goes on from the same checkpoint after a kill must know that its
/// numbers were given. False: it cannot be written, and so many must be left out now.
bool RunningStream::no_more_drained(SavedStream saved) {
  saved.memo.drained = false;
  return checkpoints_.write(std::move(saved), [](const std::string&) {});
}

/// From an earlier process's checkpoint, before anything is read.
void RunningStream::go_on() {
  std::string why_not;
  auto saved = checkpoints_.earlier([&why_not](const std::string& why) { why_not = why; });
  if (!saved) return begin_anew(0, why_not);
  const StreamMemo& memo = saved->memo;
  try {
    io::Snapshot snapshot(memo.results);
    results_.snapshot(snapshot);
    snapshot.end();
    intake_->load_parts(memo.parts);
  } catch (const io::SnapshotError& error) {
    return begin_anew(memo.last_event, error.what());
  }
  // A daemon between the two may have refused the stream, and numbered what it told of that.
  const bool next = spec_.restarts <= memo.restarts + 1;
  const bool all_known = next && memo.drained && no_more_drained(*saved);
  const std::int64_t unknown = kUnknownEvents * (next ? 1 : spec_.restarts);
  log_.start_after(memo.last_event, all_known ? 0 : unknown, memo.skipped);
  log_.put_back(kept_events(services_.state_folder, spec_.id, memo.last_event));
  dropped_before_ = memo.dropped;
  status_.reconnects = memo.reconnects;
  if (repeatable()) {
    resume_from_ = std::move(saved->graph);
    return;
  }
  if (input_kind(spec_) == InputKind::kFolder) {
    results_.redo_sequence();
  } else {
    results_.break_sequence();
  }
  intake_->know(results_.told_names());
  const Counts counts = results_.counts();
  const double away = static_cast<double>(now_milliseconds() - memo.wall_milliseconds) / 1000;
  intake_->begin_at({.frame = counts.frame + 1,
                     .seconds = counts.seconds,
                     .away = std::max(0.0, away),
                     .sequences = counts.sequences,
                     .gap = counts.frame >= 0});
  results_.set_first_identity(counts.identities + (all_known ? 0 : kUnknownIdentities));
}

/// Only a stream that is to go on leaves anything behind.
void RunningStream::forget_or_keep(StreamState state) {
  if (!goes_on(state)) return checkpoints_.remove();
  if (!checkpoints_.kept() || (repeatable() && !drained_at_)) return;  // the one before is true
  SavedStream last = saved();
  last.memo.drained = true;
  if (drained_at_) last.graph = *drained_at_;
  const auto complain = [this](const std::string& why) {
    const std::scoped_lock lock(state_mutex_);  // no event more: its `end` has been told
    status_.error_code = kCheckpointFailed;
    status_.error = why;
  };
  if (!checkpoints_.write(std::move(last), complain)) return;
  keep_events(services_.state_folder, spec_.id, log_);  // else listeners hear how many they missed
}

}  // namespace heddle::app::serve
