// What others ask of a stream at work.

#include "app/serve/streams/running_stream.h"

#include <algorithm>

namespace heddle::app::serve {

StreamStatus RunningStream::status() const {
  const pipeline::RunReport report = graph_report();
  const Counts counts = results_.counts();
  StreamStatus now;
  {
    const std::scoped_lock lock(state_mutex_);
    now = status_;
  }
  now.samples = counts.samples;
  now.records = counts.records;
  now.failed = counts.failed;
  now.gaps = counts.gaps;
  now.dropped = dropped_before_ + dropped_of(report);
  now.sequence = counts.sequence;
  now.position = counts.position;
  now.length = counts.length;
  now.rate = meters_.rate();
  const Meters::Latency latency = meters_.latency();
  now.p50_ms = latency.p50_ms;
  now.p95_ms = latency.p95_ms;
  now.p99_ms = latency.p99_ms;
  // Counted one after the other, while items move.
  const std::int64_t moving = report.entered - report.left - report.dropped - report.unstarted;
  now.in_flight = std::max<std::int64_t>(moving, 0);
  now.memory = memory(now.in_flight);
  now.checkpoint_age = checkpoints_.age();
  now.checkpoint_failures = checkpoints_.failures();
  now.behind = behind_;
  now.unread_files = unread_;
  {
    const std::scoped_lock lock(graph_mutex_);
    now.drops = drops_;
  }
  now.checkpointed = checkpoints_.kept();
  return now;
}

/// What the stop let go of is lost, but where a later process reads it again.
std::int64_t RunningStream::dropped_of(const pipeline::RunReport& report) const {
  return report.dropped + (draining_ && repeatable() ? 0 : report.unstarted);
}

std::size_t RunningStream::memory(std::int64_t in_flight) const {
  const std::size_t each = item_bytes_;
  return static_cast<std::size_t>(in_flight) * each + results_.features().bytes() +
         results_.picture().bytes() + (desk_ ? desk_->bytes() : 0);
}

pipeline::RunReport RunningStream::graph_report() const {
  const std::scoped_lock lock(graph_mutex_);
  return graph_.graph ? graph_.graph->report() : last_report_;
}

std::shared_ptr<Upload> RunningStream::upload(const std::string& /*content_type*/) {
  return desk_ ? desk_->begin() : nullptr;
}

std::optional<Picture> RunningStream::picture(int width, std::int64_t after) {
  return results_.picture().get(width, after);
}

}  // namespace heddle::app::serve
