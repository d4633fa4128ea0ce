// Its life: from its parts to its end.

#include "app/serve/streams/running_stream.h"

#include "app/exit_codes.h"
#include "app/serve/bad_field.h"
#include "app/serve/end_event.h"
#include "app/serve/kept_events.h"
#include "app/serve/streams/precedence.h"
#include "app/serve/times.h"
#include "io/address.h"
#include "io/formats/json_text.h"
#include "pipeline/threads.h"

#include <new>
#include <stdexcept>
#include <utility>

namespace heddle::app::serve {
namespace {

constexpr std::size_t kFeatureShare = 4;  // of the budget
/// A repeat's memory takes about so many bytes a base.
constexpr std::int64_t kRepeatBytes = 6;

StreamSpec named(StreamSpec spec) {
  if (spec.name.empty()) spec.name = io::without_password(spec.input);
  return spec;
}

/// What the command line would take from the whole machine must fit the stream's share.
StreamOptions fitted(StreamOptions options, const StreamSpec& spec) {
  const auto most = static_cast<std::int64_t>(spec.memory_budget) / 2 / kRepeatBytes;
  if (spec.task != "repeats" || options.repeats.memory <= most) return options;
  if (spec.options.contains("max-distance")) {
    throw BadField("options.max-distance",
                   "needs about " + std::to_string(2 * kRepeatBytes * options.repeats.memory) +
                       " bytes of memory_budget");
  }
  options.repeats.memory = most;
  return options;
}

void check_models(const StreamSpec& spec, const StreamServices& services) {
  const bool missing = spec.kind == "video"   ? services.video_model == nullptr
                       : spec.task == "genes" ? services.genome_model == nullptr
                                              : false;
  if (missing) {
    throw BadField("kind",
                   "this daemon found no model for " + spec.kind +
                       " streams when it started; whoever runs it gives one with --" + spec.kind +
                       "-model" + (spec.kind == "genome" ? "; task repeats needs none" : ""));
  }
}

TroubleCode code_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out_of_memory";
  if (dynamic_cast<const io::InputError*>(&error) != nullptr) return "bad_input";
  if (const auto* known = dynamic_cast<const CommandError*>(&error)) {
    if (known->code() == kResource) return "memory_budget";
    if (known->code() == kUsage) return "bad_options";
  }
  return "failed";
}

/// What a stream does first.
StreamState first_state(const StreamSpec& spec) {
  const InputKind kind = input_kind(spec);
  const bool waits = kind == InputKind::kUpload || kind == InputKind::kFolder;
  return waits ? StreamState::kWaiting : StreamState::kConnecting;
}

bool told_by_the_wall(const StreamSpec& spec, const StreamOptions& options) {
  return options.realtime || input_kind(spec) == InputKind::kAddress;
}

}  // namespace

RunningStream::RunningStream(StreamSpec spec,
                             const StreamServices& services,
                             const StreamSeams& seams)
    : spec_(named(std::move(spec))),
      services_(services),
      options_(fitted(parse_options(spec_), spec_)),
      clock_(seams.clock != nullptr ? *seams.clock : real_clock_),
      patience_(clock_, halt_),
      desk_(input_kind(spec_) == InputKind::kUpload ? std::make_shared<UploadDesk>() : nullptr),
      results_({log_,
                gaps_,
                meters_,
                clock_,
                told_by_the_wall(spec_, options_),
                io::AttributeTypes(attributes_of(spec_, options_))},
               spec_.memory_budget / kFeatureShare),
      input_watch_(clock_.now(), longest_silence(spec_)),
      checkpoints_(checkpoint_place(seams), clock_),
      work_(clock_.now()) {
  check_models(spec_, services_);
  if (!seams.parts) check_input(spec_, options_);
  make_intake(seams);
  status_.started = status_.changed = std::chrono::system_clock::now();
  status_.state = first_state(spec_);
  go_on();
  log_.publish("state", io::text_of({{"state", name_of(status_.state)}}));
  runner_ = pipeline::own_thread([this] { run(); });
}

void RunningStream::make_intake(const StreamSeams& seams) {
  const auto tell = [this](const Trouble& what) { trouble(what); };
  InputNews news;
  news.trouble = tell;
  news.waits = [this] {
    waits_ = true;
    look_whether_idle();
  };
  news.retries = [this](std::chrono::nanoseconds pause) { retries(pause); };
  news.skipped = [this](const std::string& name, const std::string& why) { skipped(name, why); };
  news.changed = [this](const std::string& name, const std::string& why) {
    ++unread_;
    trouble({"file_changed", name + ": " + why});
    services_.say("the stream " + spec_.id + ": " + name + " " + why);
  };
  news.stands = [this](const Trouble& what) { stands(what); };
  news.file = [this](const std::string& name, std::string_view what) {
    log_.publish("file", io::text_of({{"file", name}, {"state", what}}));
  };
  news.mended = [this] { input_mended(); };
  news.behind = [this](double seconds) { behind_ = seconds; };
  news.shown = [this] { return resume_from_.items; };
  news.watch = &input_watch_;
  const LiveParts::World world{clock_, halt_, patience_, news};
  auto parts =
      seams.parts ? seams.parts(world) : make_parts(spec_, options_, services_, world, desk_);
  intake_ =
      std::make_unique<Intake>(std::move(parts),
                               Intake::World{clock_,
                                             halt_,
                                             patience_,
                                             gaps_,
                                             meters_,
                                             [this](const io::SourceInfo& info) { opened(info); },
                                             [this] { broke(); },
                                             tell,
                                             &input_watch_});
}

RunningStream::~RunningStream() {
  stop();
  runner_.join();
}

void RunningStream::run() {
  StreamState end = StreamState::kFailed;
  try {
    take_precedence(spec_.priority);
    watcher_ = pipeline::own_thread([this] { watch(); });
    if (open_input()) {
      run_graph();
    } else if (halt_.raised() && resume_from_.items > 0) {
      drained_at_ = resume_from_;  // nothing was read: it goes on where it would have
    }
    end = whole() || !halt_.raised() ? StreamState::kDone : StreamState::kStopped;
  } catch (const std::exception& error) {
    trouble({code_of(error), error.what()});
  }
  finish(end);
}

/// False also where waiting for it was interrupted, which is no failure.
bool RunningStream::open_input() {
  try {
    return intake_->open();
  } catch (const std::runtime_error&) {
    if (!halt_.raised()) throw;
    return false;
  }
}

void RunningStream::run_graph() {
  StreamGraph made = build_stream(spec_, options_, services_, *intake_, intake_->next_frame());
  pipeline::Graph* graph = made.graph.get();
  graph->to([this](pipeline::Item& item) { results_.take(item); });
  const bool marks = repeatable();
  const bool segments = spec_.kind == "genome";
  graph->mark_when(
      [this, marks, segments](std::int64_t item) {
        if (segments) meters_.read(item, clock_.now());
        return marks && checkpoints_.due();
      },
      [this](const pipeline::Checkpoint& at) {
        SavedStream now = saved();
        now.graph = at;
        save(std::move(now));
      });
  if (resume_from_.items > 0) graph->resume(resume_from_);
  item_bytes_ = segments ? made.segment_bytes : frame_bytes(intake_->info());
  {
    const std::scoped_lock lock(graph_mutex_);
    graph_ = std::move(made);
    drops_ = graph_.drops;
  }
  if (!halt_.raised()) run_to_end(*graph);
  if (marks && draining_ && !whole()) drained_at_ = graph->checkpoint();
}

void RunningStream::run_to_end(pipeline::Graph& graph) {
  try {
    graph.run();
  } catch (const std::logic_error&) {
    throw;
  } catch (const std::runtime_error&) {
    if (!halt_.raised()) throw;
    return;  // its reading was interrupted
  }
  if (halt_.raised() && !whole()) return;
  graph_.verify();
  results_.rest(graph_.after.records());
}

void RunningStream::halt() {
  halt_.raise();
  if (desk_) desk_->close();
  const std::scoped_lock lock(graph_mutex_);
  if (graph_.graph) graph_.graph->request_stop(pipeline::Inside::kDropUnstarted);
}

void RunningStream::stop() {
  if (!draining_) stopped_ = true;
  set_state(StreamState::kDraining);
  halt();
}

/// What a client stopped before does not go on.
void RunningStream::drain() {
  if (!stopped_) draining_ = true;
  set_state(StreamState::kDraining);
  halt();
}

void RunningStream::finish(StreamState state) {
  {
    const std::scoped_lock lock(watch_mutex_);
    watching_ = false;
    watch_ends_.notify_all();
  }
  if (watcher_.joinable()) watcher_.join();
  intake_->close();
  if (desk_) desk_->close();
  if (!draining_) results_.end();
  look();  // the last figures
  release_graph();
  set_state(state);
  if (!goes_on(state)) {
    if (checkpoints_.kept()) forget_events(services_.state_folder, spec_.id);  // of a drain
    services_.over(spec_.id);
  }
  const StreamStatus last = status();
  if (state == StreamState::kFailed) {
    services_.say("the stream " + spec_.id + " (" + spec_.name + ") failed: " + last.error);
  }
  log_.publish("end",
               end_text(last,
                        goes_on(state) ? kDrainedEnd : name_of(state),
                        seconds_between(last.started, std::chrono::system_clock::now())));
  forget_or_keep(state);
  release_descriptors();
  log_.end();
  const std::scoped_lock lock(state_mutex_);
  over_ = true;
  state_changed_.notify_all();
}

/// What has ended is remembered for long: by its figures, without the state of its model.
void RunningStream::release_graph() {
  StreamGraph gone;  // ends outside of the lock
  const std::scoped_lock lock(graph_mutex_);
  if (!graph_.graph) return;
  last_report_ = graph_.graph->report();
  gone = std::exchange(graph_, {});
  item_bytes_ = 0;
}

/// Its sources are gone. What has ended and is remembered holds nothing open.
void RunningStream::release_descriptors() {
  intake_->release();
  if (desk_) desk_->done();
  halt_.close();
}

bool RunningStream::wait_ended(std::chrono::milliseconds most) {
  std::unique_lock lock(state_mutex_);
  return state_changed_.wait_for(lock, most, [this] { return over_; });
}

}  // namespace heddle::app::serve
