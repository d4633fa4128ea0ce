// What a stream looks at, and tells, every second.

#include "app/serve/streams/running_stream.h"
#include "app/serve/times.h"
#include "io/formats/json_text.h"

#include <algorithm>
#include <array>

namespace heddle::app::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kWatchEvery = std::chrono::seconds(1);

/// -1 stands for what is not known.
Json known_or_null(double value) { return value < 0 ? Json() : Json(io::rounded(value, 100)); }

}  // namespace

void RunningStream::watch() {
  std::unique_lock lock(watch_mutex_);
  while (!watch_ends_.wait_for(lock, kWatchEvery, [this] { return !watching_; })) {
    lock.unlock();
    patience_.look();
    look();
    lock.lock();
  }
}

void RunningStream::look() {
  const pipeline::RunReport report = graph_report();
  meters_.count(results_.counts().samples, clock_.now());
  work_.look(report, clock_.now());
  services_.stages->add(spec_.kind, report.stages, told_stages_);
  look_whether_it_stalls();
  if (waits_ && !told_silence_) look_whether_idle();
  tell_progress();
  find_depth(report);
  if (const std::int64_t dropped = dropped_of(report); dropped != told_dropped_) {
    log_.publish(
        "dropped",
        io::text_of({{"count", dropped - told_dropped_}, {"total", dropped_before_ + dropped}}));
    told_dropped_ = dropped;
  }
  tell_stats();
  if (!repeatable() && checkpoints_.due()) save(saved());
}

/// Of a stream that drops; before the drops of this second are told.
void RunningStream::find_depth(const pipeline::RunReport& report) {
  const std::scoped_lock lock(graph_mutex_);
  if (!graph_.graph || !graph_.depth) return;
  double worked = 0;  // seconds, behind the reading
  for (std::size_t i = 1; i < report.stages.size(); ++i) {
    worked += report.stages[i].finished_seconds;
  }
  Depth::Seen seen;
  seen.latency_ms = meters_.newest_ms();
  seen.work_ms = 1e3 * worked / static_cast<double>(std::max<std::int64_t>(report.left, 1));
  seen.dropped = dropped_of(report) != told_dropped_;
  graph_.graph->set_in_flight(graph_.depth->look(seen));
}

std::string RunningStream::silence() const {
  const std::string time = " for " + std::to_string(input_watch_.limit().count()) + " s";
  if (!desk_) return "nothing has come from the input" + time;
  return desk_->bytes() == 0 ? "who uploads has sent nothing" + time
                             : "nothing has become of what was uploaded" + time;
}

/// Its work, or its input. It goes back to what it was before.
void RunningStream::look_whether_it_stalls() {
  input_watch_.look(clock_.now());
  const bool silent = input_watch_.silent() && !halt_.raised();
  if (silent && !told_silence_) trouble({"stalled", silence()});
  if (!silent && told_silence_) mended(std::array<TroubleCode, 1>{"stalled"});
  told_silence_ = silent;
  if (!silent && !work_.stalls()) {
    change_state(StreamState::kStalled, before_stall_);
    return;
  }
  for (const StreamState from :
       {StreamState::kRunning, StreamState::kConnecting, StreamState::kWaiting}) {
    if (change_state(from, StreamState::kStalled)) before_stall_ = from;
  }
}

void RunningStream::look_whether_idle() {
  const pipeline::RunReport report = graph_report();
  if (report.entered > report.left + report.dropped + report.unstarted) return;
  set_state(StreamState::kWaiting);
  if (!waits_) change_state(StreamState::kWaiting, StreamState::kRunning);  // it came meanwhile
}

bool RunningStream::change_state(StreamState from, StreamState to) {
  std::string line;
  {
    const std::scoped_lock lock(state_mutex_);
    if (status_.state != from) return false;
    line = set_state_locked(to);
  }
  say(line);
  return true;
}

void RunningStream::tell_progress() {
  const Counts counts = results_.counts();
  const bool same = counts.position == told_position_ && counts.sequence == told_sequence_;
  if (counts.sequence.empty() || same) return;
  told_position_ = counts.position;
  told_sequence_ = counts.sequence;
  log_.publish("progress",
               io::text_of({{"sequence", counts.sequence},
                            {"position", counts.position},
                            {"length", counts.length < 0 ? Json() : Json(counts.length)}}));
}

/// Where something changed: an idle stream would push its results out of the log with them.
void RunningStream::tell_stats() {
  const StreamStatus now = status();
  Json figures = {{"rate", io::rounded(now.rate, 100)},
                  {"latency_ms",
                   {{"p50", known_or_null(now.p50_ms)},
                    {"p95", known_or_null(now.p95_ms)},
                    {"p99", known_or_null(now.p99_ms)}}},
                  {"memory_bytes", now.memory},
                  {"samples", now.samples},
                  {"records", now.records},
                  {"dropped", now.dropped},
                  {"behind_seconds", known_or_null(now.behind)}};
  const std::string text = io::text_of(figures);
  if (text == told_stats_) return;
  told_stats_ = text;
  figures["wall"] = rfc3339(std::chrono::system_clock::now());  // so that silence has a length
  log_.publish("stats", io::text_of(figures));
}

}  // namespace heddle::app::serve
