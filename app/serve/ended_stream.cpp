#include "app/serve/ended_stream.h"

#include "app/serve/end_event.h"
#include "app/serve/kept_events.h"
#include "app/serve/times.h"
#include "io/formats/json_text.h"

#include <algorithm>
#include <utility>

namespace heddle::app::serve {
namespace {

using nlohmann::json;
using When = std::chrono::system_clock::time_point;

constexpr int kMostFeatures = 20'000;

std::int64_t nanoseconds_of(When when) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

When when_of(const json& nanoseconds) {
  return When(std::chrono::nanoseconds(nanoseconds.get<std::int64_t>()));
}

/// Sequences in order of arrival, [{"name","length","features":[..]}]; the newest are chosen first.
json features_of(const Stream& stream) {
  json sequences = stream.sequences();
  int left = kMostFeatures;
  for (auto one = sequences.rbegin(); one != sequences.rend(); ++one) {
    const int count = (*one)["features"].get<int>();
    json features = json::array();
    if (count > 0 && count <= left) {
      features = stream.features((*one)["name"], 0, 0, count)["features"];
      left -= count;
    }
    (*one)["features"] = std::move(features);
  }
  return sequences;
}

}  // namespace

nlohmann::json ended_record(Stream& stream) {
  const StreamStatus now = stream.status();
  json skipped = json::array();
  for (const SkippedEvents& skip : stream.events().skipped())
    skipped.push_back({skip.from, skip.to});
  return {{"state", name_of(now.state)},
          {"started", nanoseconds_of(now.started)},
          {"changed", nanoseconds_of(now.changed)},
          {"samples", now.samples},
          {"records", now.records},
          {"dropped", now.dropped},
          {"drops", now.drops ? json(*now.drops) : json()},
          {"failed", now.failed},
          {"reconnects", now.reconnects},
          {"gaps", now.gaps},
          {"width", now.width},
          {"height", now.height},
          {"sequence", now.sequence},
          {"position", now.position},
          {"length", now.length},
          {"error_code", now.error_code},
          {"error", now.error},
          {"last_event", stream.events().last()},
          {"skipped", std::move(skipped)},
          {"sequences", features_of(stream)}};
}

EndedStream::EndedStream(StreamSpec spec, const nlohmann::json& record, const std::string& folder)
    : StillStream(std::move(spec)), store_(spec_.memory_budget) {
  read_status(record);
  read_features(record);
  tell_end(record, folder);
}

void EndedStream::read_status(const nlohmann::json& record) {
  const auto state = record.at("state").get<std::string>();
  status_.state = state == "done"     ? StreamState::kDone
                  : state == "failed" ? StreamState::kFailed
                                      : StreamState::kStopped;
  status_.started = when_of(record.at("started"));
  status_.changed = when_of(record.at("changed"));
  record.at("samples").get_to(status_.samples);
  record.at("records").get_to(status_.records);
  record.at("dropped").get_to(status_.dropped);
  const json drops = record.value("drops", json());  // an earlier version left it out
  if (drops.is_boolean()) status_.drops = drops.get<bool>();
  record.at("failed").get_to(status_.failed);
  record.at("reconnects").get_to(status_.reconnects);
  record.at("gaps").get_to(status_.gaps);
  record.at("width").get_to(status_.width);
  record.at("height").get_to(status_.height);
  record.at("sequence").get_to(status_.sequence);
  record.at("position").get_to(status_.position);
  record.at("length").get_to(status_.length);
  record.at("error_code").get_to(status_.error_code);
  record.at("error").get_to(status_.error);
}

void EndedStream::read_features(const nlohmann::json& record) {
  for (const json& sequence : record.at("sequences")) {
    const auto name = sequence.at("name").get<std::string>();
    const json& length = sequence.at("length");
    store_.add_sequence(name, length.is_null() ? -1 : length.get<std::int64_t>());
    for (const json& feature : sequence.at("features")) {
      store_.add({name, feature.at("begin"), feature.at("end"), feature.dump()});
    }
  }
  status_.memory = store_.bytes();
}

void EndedStream::tell_end(const nlohmann::json& record, const std::string& folder) {
  std::vector<SkippedEvents> skipped;
  for (const json& skip : record.at("skipped")) skipped.push_back({skip.at(0), skip.at(1)});
  const auto last = record.at("last_event").get<std::int64_t>();  // its `state`
  auto kept = kept_events(folder, spec_.id, last);
  if (kept.empty()) {
    log_.start_after(std::max<std::int64_t>(last - 1, 0), 0, std::move(skipped));
    nlohmann::ordered_json state{{"state", name_of(status_.state)}};
    if (status_.state == StreamState::kFailed) state["error"] = status_.error;
    log_.publish("state", io::text_of(state), status_.changed);
  } else {
    const bool whole = kept.back().type == "end";
    log_.start_after(last, 0, std::move(skipped));
    log_.put_back(kept);
    if (whole) return log_.end();
  }
  const double seconds = seconds_between(status_.started, status_.changed);
  log_.publish("end", end_text(status_, name_of(status_.state), seconds), status_.changed);
  log_.end();
}

}  // namespace heddle::app::serve
