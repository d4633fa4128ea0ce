#include "app/serve/api/handlers.h"
#include "app/serve/api/prometheus.h"
#include "app/serve/heap.h"
#include "attention/backend/attention_counts.h"
#include "attention/memory/held_rows.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

namespace heddle::app::serve {
namespace {

struct OneStream {
  std::string id, kind;
  StreamStatus now;
};

/// A metric that every stream has. THE TABLE.
struct StreamMetric {
  const char* name;
  const char* type;
  const char* help;
  /// Nothing: not known, and not told.
  std::optional<double> (*of)(const StreamStatus&);
};

std::optional<double> not_negative(double value) {
  return value < 0 ? std::nullopt : std::optional<double>(value);
}

/// Seconds. What has never been written is as old as the stream, so that an alert on its age fires.
std::optional<double> checkpoint_age(const StreamStatus& now) {
  if (now.checkpoint_age >= 0 || !now.checkpointed) return not_negative(now.checkpoint_age);
  const std::chrono::duration<double> age = std::chrono::system_clock::now() - now.started;
  return std::max(0.0, age.count());
}

constexpr StreamMetric kStreamMetrics[] = {
    {"heddle_stream_samples_total",
     "counter",
     "Frames, or bases, that were worked on.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.samples);
     }},
    {"heddle_stream_records_total",
     "counter",
     "Records that came out: tracked boxes, features.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.records);
     }},
    {"heddle_stream_dropped_total",
     "counter",
     "Samples that were dropped because the stream was behind.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.dropped);
     }},
    {"heddle_stream_failed_total",
     "counter",
     "Samples that failed and left a failure record.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.failed);
     }},
    {"heddle_stream_reconnects_total",
     "counter",
     "Connections to the input after the first.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.reconnects);
     }},
    {"heddle_stream_gaps_total",
     "counter",
     "Breaks in the input's time.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.gaps);
     }},
    {"heddle_stream_rate",
     "gauge",
     "Samples a second over the last five.",
     [](const StreamStatus& now) -> std::optional<double> { return now.rate; }},
    {"heddle_stream_memory_bytes",
     "gauge",
     "State, samples in flight and features.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.memory);
     }},
    {"heddle_stream_in_flight",
     "gauge",
     "Frames, or segments, that were read and have not become events yet.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.in_flight);
     }},
    {"heddle_stream_checkpoint_age_seconds",
     "gauge",
     "Since the last checkpoint, or since the start of a stream that has none yet; not told where "
     "none are taken.",
     [](const StreamStatus& now) { return checkpoint_age(now); }},
    {"heddle_checkpoint_failures_total",
     "counter",
     "Checkpoints of the stream that could not be written.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.checkpoint_failures);
     }},
    {"heddle_stream_unread_files_total",
     "counter",
     "Files of a watched folder that were passed over, and changes to such as had been read.",
     [](const StreamStatus& now) -> std::optional<double> {
       return static_cast<double>(now.unread_files);
     }},
    {"heddle_stream_behind_seconds",
     "gauge",
     "Of a file that is played at its pace: how late the last frame was.",
     [](const StreamStatus& now) { return not_negative(now.behind); }},
    {"heddle_stream_up",
     "gauge",
     "0 while the stream's input cannot be had (retrying) or its work stands still (stalled), else "
     "1.",
     [](const StreamStatus& now) -> std::optional<double> {
       const bool down = now.state == StreamState::kRetrying || now.state == StreamState::kStalled;
       return down ? 0.0 : 1.0;
     }},
};

void add_streams(PrometheusText& text, Daemon& daemon) {
  std::vector<OneStream> streams;
  std::map<StreamState, int> over{
      {StreamState::kDone, 0}, {StreamState::kFailed, 0}, {StreamState::kStopped, 0}};
  for (const auto& stream : daemon.streams.all()) {
    streams.push_back({stream->spec().id, stream->spec().kind, stream->status()});
    const StreamState state = streams.back().now.state;
    if (!ended(state)) continue;
    ++over[state];  // and no rows of its own: 256 of them may be remembered
    streams.pop_back();
  }
  text.family("heddle_streams", "gauge", "Streams that have not ended.");
  text.sample(daemon.streams.running());
  text.family("heddle_streams_ended", "gauge", "Streams that have ended and are remembered.");
  for (const auto& [state, count] : over) text.sample(count, {{"state", name_of(state)}});
  text.family("heddle_streams_limit", "gauge", "Streams that may run at once.");
  text.sample(daemon.streams.most());
  for (const StreamMetric& metric : kStreamMetrics) {
    text.family(metric.name, metric.type, metric.help);
    for (const OneStream& one : streams) {
      const std::optional<double> value = metric.of(one.now);
      if (value) text.sample(*value, {{"stream", one.id}, {"kind", one.kind}});
    }
  }
  text.family(
      "heddle_stream_latency_seconds", "summary", "From read to event, of the last 1,024 samples.");
  for (const OneStream& one : streams) {
    if (one.now.p50_ms < 0) continue;
    text.sample(one.now.p50_ms / 1e3,
                {{"stream", one.id}, {"kind", one.kind}, {"quantile", "0.5"}});
    text.sample(one.now.p95_ms / 1e3,
                {{"stream", one.id}, {"kind", one.kind}, {"quantile", "0.95"}});
    text.sample(one.now.p99_ms / 1e3,
                {{"stream", one.id}, {"kind", one.kind}, {"quantile", "0.99"}});
  }
}

void add_stages(PrometheusText& text, Daemon& daemon) {
  text.family("heddle_stage_seconds",
              "histogram",
              "How long a stage took for an item, of the streams of a kind; a second behind.");
  for (const auto& [key, stage] : daemon.streams.stages().all()) {
    std::int64_t below = 0;
    for (std::size_t i = 0; i < pipeline::kStageBounds.size(); ++i) {
      below += stage.classes[i];
      char bound[32];
      std::snprintf(bound, sizeof bound, "%g", pipeline::kStageBounds[i]);
      text.sample(static_cast<double>(below),
                  {{"kind", key.first}, {"stage", key.second}, {"le", bound}},
                  "_bucket");
    }
    const auto all = static_cast<double>(below + stage.classes.back());
    text.sample(all, {{"kind", key.first}, {"stage", key.second}, {"le", "+Inf"}}, "_bucket");
    text.sample(stage.finished_seconds, {{"kind", key.first}, {"stage", key.second}}, "_sum");
    text.sample(all, {{"kind", key.first}, {"stage", key.second}}, "_count");
  }
}

void add_attention(PrometheusText& text) {
  const attention::AttentionCounts counts = attention::attention_counts();
  text.family("heddle_attention_blocks_kept_total",
              "counter",
              "Blocks of queries by keys, of a head, that attention layers and rolling memories "
              "computed in inference; mechanisms are not counted.");
  text.sample(static_cast<double>(counts.kept));
  text.family("heddle_attention_blocks_all_total",
              "counter",
              "Those that full attention both ways over the same positions would have computed: a "
              "dense causal model keeps about one half.");
  text.sample(static_cast<double>(counts.all));
  const attention::TierRows rows = attention::held_rows();
  text.family("heddle_memory_rows", "gauge", "Rows that rolling memories hold, by tier.");
  text.sample(static_cast<double>(rows.sinks), {{"tier", "sinks"}});
  text.sample(static_cast<double>(rows.ring), {{"tier", "ring"}});
  text.sample(static_cast<double>(rows.far), {{"tier", "long"}});
  text.sample(static_cast<double>(rows.compressed), {{"tier", "compressed"}});
  text.sample(static_cast<double>(rows.external), {{"tier", "external"}});
}

void add_jobs(PrometheusText& text, Daemon& daemon) {
  std::array<int, 5> counts{};
  for (const auto& job : daemon.jobs.all()) ++counts[static_cast<std::size_t>(job->state())];
  text.family("heddle_jobs", "gauge", "Jobs that are remembered, by state.");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    text.sample(counts[i], {{"state", name_of(static_cast<JobState>(i))}});
  }
  text.family(
      "heddle_jobs_unwritten_total",
      "counter",
      "Changes of jobs that the state folder did not take: a restart would not know of them.");
  text.sample(static_cast<double>(daemon.jobs.unwritten()));
}

void add_http(PrometheusText& text, Daemon& daemon) {
  const HttpMetrics::Snapshot http = daemon.http.snapshot();
  text.family("heddle_http_requests_total", "counter", "Requests by route and status.");
  for (const auto& [key, count] : http.requests) {
    text.sample(static_cast<double>(count),
                {{"route", key.first}, {"code", std::to_string(key.second)}});
  }
  text.family("heddle_http_request_seconds",
              "histogram",
              "From a request's head to its answer's end; event streams are left out.");
  for (const auto& [route, times] : http.times) {
    std::int64_t below = 0;
    for (std::size_t i = 0; i < HttpMetrics::kBounds.size(); ++i) {
      below += times.buckets[i];
      char bound[32];
      std::snprintf(bound, sizeof bound, "%g", HttpMetrics::kBounds[i]);
      text.sample(static_cast<double>(below), {{"route", route}, {"le", bound}}, "_bucket");
    }
    const auto all = static_cast<double>(times.count);
    text.sample(all, {{"route", route}, {"le", "+Inf"}}, "_bucket");
    text.sample(times.sum, {{"route", route}}, "_sum");
    text.sample(all, {{"route", route}}, "_count");
  }
  const Connections::Counts connections = daemon.connections();
  text.family("heddle_http_connections", "gauge", "Open connections.");
  text.sample(connections.connections);
  text.family("heddle_http_event_streams", "gauge", "Of these, those that listen to events.");
  text.sample(connections.event_streams);
  text.family("heddle_http_refused_total", "counter", "Connections refused by a limit.");
  text.sample(static_cast<double>(connections.refused));
  text.family("heddle_http_late_total", "counter", "Connections closed because they were slow.");
  text.sample(static_cast<double>(connections.late));
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double open_descriptors() {
  std::error_code none;
  const std::filesystem::directory_iterator all("/proc/self/fd", none);
  return static_cast<double>(std::distance(begin(all), end(all))) - 1;  // the folder's own
}

void add_process(PrometheusText& text, Daemon& daemon) {
  std::ifstream memory("/proc/self/statm");
  double size = 0;
  double resident = 0;
  memory >> size >> resident;
  text.family("process_resident_memory_bytes", "gauge", "Resident memory of the daemon.");
  text.sample(resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  const HeapBytes heap = heap_bytes();
  text.family("heddle_heap_bytes",
              "gauge",
              "Blocks that were asked of the heap and not given back; what was never written to "
              "counts here and is not resident.");
  text.sample(static_cast<double>(heap.allocated));
  text.family("heddle_heap_active_bytes",
              "gauge",
              "Pages in which these blocks lie, written to or not; more than heddle_heap_bytes by "
              "what lies between the blocks.");
  text.sample(static_cast<double>(heap.active));
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  text.family("process_cpu_seconds_total", "counter", "CPU time of the daemon, without jobs.");
  text.sample(seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  text.family("process_open_fds", "gauge", "Open file descriptors of the daemon.");
  text.sample(open_descriptors());
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  text.family("process_max_fds", "gauge", "File descriptors that it may have open.");
  text.sample(static_cast<double>(most.rlim_cur));
  text.family("heddle_events_total", "counter", "Events that streams and jobs have told.");
  text.sample(static_cast<double>(published_events()));
  const std::chrono::duration<double> up = std::chrono::steady_clock::now() - daemon.began;
  text.family("heddle_uptime_seconds", "gauge", "Since the daemon started.");
  text.sample(up.count());
  text.family("heddle_draining", "gauge", "1 while the daemon shuts down.");
  text.sample(daemon.draining ? 1 : 0);
  text.family("heddle_info", "gauge", "Always 1; the version is its label.");
  text.sample(1, {{"version", daemon.about.value("version", "")}});
}

}  // namespace

Response get_metrics(Daemon& daemon, const Request& /*request*/) {
  PrometheusText text;
  add_process(text, daemon);
  add_streams(text, daemon);
  add_stages(text, daemon);
  add_attention(text);
  add_jobs(text, daemon);
  add_http(text, daemon);
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = text.text();
  return response;
}

}  // namespace heddle::app::serve
