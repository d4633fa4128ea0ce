#include "io/formats/jsonl.h"

#include "io/atomic_file.h"
#include "io/formats/json_text.h"
#include "io/formats/track_text.h"

#include <nlohmann/json.hpp>

#include <unordered_set>

namespace heddle::io {
namespace {

using Json = nlohmann::ordered_json;

double pixels(double value) { return rounded(value, 100); }
double fraction(double value) { return rounded(value, 10000); }
double seconds(double value) { return rounded(value, 1e6); }

Json json_of(const Track& track) {
  Json json{{"id", track.id},
            {"box", {pixels(track.x), pixels(track.y), pixels(track.width), pixels(track.height)}},
            {"score", fraction(track.score)},
            {"state", state_name(track.state)}};
  if (!track.label.empty()) json["label"] = track.label;
  return json;
}

Json json_of(const Interval& interval) {
  Json json{{"record", "interval"},
            {"sequence", interval.sequence},
            {"type", interval.type},
            {"strand", std::string(1, interval.strand)},
            {"parts", Json::array()},
            {"score", fraction(interval.score)}};
  for (const Interval::Part& part : interval.parts) {
    json["parts"].push_back({part.start, part.end, part.phase});
  }
  json["partial"] = {interval.partial_start, interval.partial_end};
  return json;
}

Json json_of(const Pair::End& end) {
  return {{"sequence", end.sequence}, {"start", end.start}, {"end", end.end}};
}

Json json_of(const Pair& pair) {
  Json json{{"record", "pair"},
            {"name", pair.name},
            {"first", json_of(pair.first)},
            {"second", json_of(pair.second)},
            {"strand", std::string(1, pair.strand)},
            {"identity", fraction(pair.identity())},
            {"columns", pair.columns},
            {"score", fraction(pair.score)}};
  return json;
}

class JsonLinesSink final : public Sink {
 public:
  JsonLinesSink(const std::string& path, const SinkOptions& options)
      : file_(path, options.overwrite, options.to_continue), types_(options.attributes) {
    const SourceInfo& info = options.input;
    Json input{{"name", info.name}, {"format", info.format}};
    if (info.video) {
      input["width"] = info.width;
      input["height"] = info.height;
      input["frames_per_second"] = seconds(info.frames_per_second);
    }
    put({{"record", "run"}, {"program", options.program}, {"input", input}});
  }

  ~JsonLinesSink() override {
    if (ended_) return;
    try {
      put_end(false);
    } catch (const std::exception&) {
      // The run has failed already and says why.
    }
  }

  void write(const Sample& sample, std::span<const Record> records) override {
    const auto* frame = std::get_if<Frame>(&sample);
    if (frame != nullptr) put_frame(*frame, records);
    for (const Record& record : records) {
      std::visit([this](const auto& value) { put_record(value); }, record);
    }
  }

  void close() override {
    put_end(true);
    file_.commit();
  }

  void close_partial() override {
    put_end(false);
    file_.keep_partial();
  }

  bool continuable() const override { return true; }
  bool snapshot(Snapshot& snapshot) override {
    snapshot(file_, alive_, identities_, frames_, intervals_, failures_);
    return true;
  }

 private:
  void put(const Json& json) { file_.write(text_of(json) + "\n"); }

  void put_frame(const Frame& frame, std::span<const Record> records) {
    Json tracks = Json::array();
    for (const Record& record : records) {
      const auto* track = std::get_if<Track>(&record);
      if (track == nullptr) continue;
      tracks.push_back(json_of(*track));
      count(*track);
    }
    Json json{{"record", "frame"}, {"frame", frame.number}, {"seconds", seconds(frame.seconds)}};
    if (frame.after_gap) json["after_gap"] = true;
    json["tracks"] = std::move(tracks);
    put(json);
    ++frames_;
  }

  // Remembers live identities only: an hour of ended ones must not fill the memory.
  void count(const Track& track) {
    if (alive_.insert(track.id).second) ++identities_;
    if (track.state == Track::State::kEnded) alive_.erase(track.id);
  }

  void put_record(const Track&) {}  // stands in its frame
  template <typename Described>
  void put_described(const Described& record) {
    Json json = json_of(record);
    json["attributes"] = Json::object();
    for (const auto& [key, value] : record.attributes) {
      json["attributes"][key] = types_.value(key, value);
    }
    put(json);
  }
  void put_record(const Interval& interval) {
    put_described(interval);
    ++intervals_;
  }
  void put_record(const Pair& pair) { put_described(pair); }
  void put_record(const SequenceStart& start) {
    Json json{{"record", "sequence"}, {"name", start.sequence}};
    if (start.length >= 0) json["length"] = start.length;
    if (start.circular) json["circular"] = true;
    put(json);
  }
  void put_record(const SequenceEnd& end) {
    put({{"record", "sequence_end"}, {"name", end.sequence}, {"length", end.length}});
  }
  void put_record(const Failure& failure) {
    put({{"record", "failure"}, {"what", failure.what}, {"reason", failure.reason}});
    ++failures_;
  }

  void put_end(bool complete) {
    ended_ = true;
    put({{"record", "end"},
         {"complete", complete},
         {"frames", frames_},
         {"tracks", identities_},
         {"intervals", intervals_},
         {"failures", failures_}});
  }

  AtomicFile file_;
  AttributeTypes types_;
  std::unordered_set<std::int64_t> alive_;
  std::int64_t identities_ = 0;
  std::int64_t frames_ = 0;
  std::int64_t intervals_ = 0;
  std::int64_t failures_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Sink> open_jsonl(const std::string& path, const SinkOptions& options) {
  return std::make_unique<JsonLinesSink>(path, options);
}

}  // namespace heddle::io
