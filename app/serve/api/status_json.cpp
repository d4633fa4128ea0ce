#include "app/serve/api/status_json.h"

#include "app/serve/times.h"
#include "io/address.h"

#include <nlohmann/json.hpp>

namespace heddle::app::serve {
namespace {

/// What is not known is null, and never a number that could be mistaken for one.
template <typename Value>
nlohmann::json known(bool is_known, const Value& value) {
  return is_known ? nlohmann::json(value) : nlohmann::json();
}

template <typename Number>
nlohmann::json not_negative(Number value) {
  return known(value >= 0, value);
}

nlohmann::json next_attempt(const StreamStatus& status) {
  const bool ahead = status.next_attempt && *status.next_attempt > std::chrono::system_clock::now();
  return ahead ? nlohmann::json(rfc3339(*status.next_attempt)) : nlohmann::json();
}

}  // namespace

nlohmann::json status_json(Stream& stream) {
  using nlohmann::json;
  const StreamSpec& spec = stream.spec();
  const StreamStatus now = stream.status();
  const auto until = ended(now.state) ? now.changed : std::chrono::system_clock::now();
  return {
      {"id", spec.id},
      {"name", io::without_password(spec.name.empty() ? spec.input : spec.name)},
      {"kind", spec.kind},
      {"task", spec.task},
      {"input", io::without_password(spec.input)},
      {"policy", spec.policy},
      {"priority", spec.priority},
      {"state", name_of(now.state)},
      {"next_attempt", next_attempt(now)},
      {"started", rfc3339(now.started)},
      {"changed", rfc3339(now.changed)},
      {"seconds", std::max(0.0, seconds_between(now.started, until))},
      {"samples", now.samples},
      {"records", now.records},
      {"dropped", now.dropped},
      {"drops", now.drops ? json(*now.drops) : json(nullptr)},
      {"behind_seconds", not_negative(now.behind)},
      {"failed", now.failed},
      {"reconnects", now.reconnects},
      {"gaps", now.gaps},
      {"rate", now.rate},
      {"latency_ms",
       {{"p50", not_negative(now.p50_ms)},
        {"p95", not_negative(now.p95_ms)},
        {"p99", not_negative(now.p99_ms)}}},
      {"memory_bytes", now.memory},
      {"memory_budget", spec.memory_budget},
      {"width", known(now.width > 0, now.width)},
      {"height", known(now.height > 0, now.height)},
      {"sequence", known(!now.sequence.empty(), now.sequence)},
      {"position", known(!now.sequence.empty(), now.position)},
      {"length", not_negative(now.length)},
      {"checkpoint_age", not_negative(now.checkpoint_age)},
      {"error",
       now.error.empty() ? json(nullptr) : json{{"code", now.error_code}, {"message", now.error}}},
      {"last_event", stream.events().last()}};
}

}  // namespace heddle::app::serve
