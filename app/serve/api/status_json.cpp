#include "app/serve/api/status_json.h"

#include "app/serve/times.h"
#include "io/address.h"

#include <nlohmann/json.hpp>

namespace heddle::app::serve {

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
      {"started", rfc3339(now.started)},
      {"changed", rfc3339(now.changed)},
      {"seconds", std::max(0.0, seconds_between(now.started, until))},
      {"samples", now.samples},
      {"records", now.records},
      {"dropped", now.dropped},
      {"failed", now.failed},
      {"reconnects", now.reconnects},
      {"gaps", now.gaps},
      {"rate", now.rate},
      {"latency_ms", {{"p50", now.p50_ms}, {"p95", now.p95_ms}, {"p99", now.p99_ms}}},
      {"memory_bytes", now.memory},
      {"memory_budget", spec.memory_budget},
      {"width", now.width},
      {"height", now.height},
      {"sequence", now.sequence},
      {"position", now.position},
      {"length", now.length},
      {"checkpoint_age", now.checkpoint_age},
      {"error",
       now.error.empty() ? json(nullptr) : json{{"code", now.error_code}, {"message", now.error}}},
      {"last_event", stream.events().last()}};
}

}  // namespace heddle::app::serve
