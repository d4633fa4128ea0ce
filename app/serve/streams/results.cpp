#include "app/serve/streams/results.h"

#include "app/serve/error_code.h"
#include "io/formats/json_text.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace heddle::app::serve {
namespace {

using Json = nlohmann::ordered_json;

/// A viewer needs no more than 30 frames a second of the stream's own time.
constexpr double kTracksInterval = 1.0 / 30;
constexpr double kSlack = 0.005;  // time stamps are rounded
constexpr double kMicroseconds = 1e6;
constexpr std::size_t kMostSnapshotBytes = std::size_t{16} << 20;

}  // namespace

Results::Results(World world, std::size_t most_feature_bytes)
    : world_(std::move(world)), store_(most_feature_bytes) {}

void Results::take(pipeline::Item& item) {
  const std::scoped_lock lock(mutex_);
  if (item.failure) {
    ++counts_.failed;
    world_.log.publish(
        "error",
        io::text_of({{"code", TroubleCode("sample_failed").text()},
                     {"message", item.failure->what + ": " + item.failure->reason}}));
  }
  if (item.frame) take_frame(item);
  if (item.segment) take_segment(item);
}

void Results::tell_gaps(std::int64_t key) {
  while (const auto gap = world_.gaps.next(key)) {
    if (gap->before <= counts_.frame) continue;  // read again: an earlier process told it
    ++counts_.gaps;
    Json json{{"reason", gap->reason},
              {"from", io::rounded(gap->from, kMicroseconds)},
              {"to", io::rounded(gap->to, kMicroseconds)}};
    if (!gap->sequence.empty()) json["sequence"] = gap->sequence;
    world_.log.publish("gap", io::text_of(json));
  }
}

bool Results::due(double seconds) {
  if (seconds + kSlack < next_tracks_) return false;
  next_tracks_ = std::max(next_tracks_, seconds - kTracksInterval) + kTracksInterval;
  return true;
}

std::string Results::wall_of(std::int64_t frame) const {
  const auto age = world_.meters.age(frame, world_.clock.now());
  const auto came = std::chrono::system_clock::now() -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(age);
  return rfc3339(
      std::chrono::duration_cast<std::chrono::milliseconds>(came.time_since_epoch()).count());
}

void Results::take_frame(pipeline::Item& item) {
  const io::Frame& frame = *item.frame;
  tell_gaps(frame.number);
  for (io::Record& record : item.records) {
    auto* track = std::get_if<io::Track>(&record);
    if (track == nullptr) continue;
    track->id += given_before_;
    counts_.identities = std::max(counts_.identities, track->id);
    ++counts_.records;
  }
  if (due(frame.seconds)) {
    const std::string wall = world_.wall ? wall_of(frame.number) : std::string();
    world_.log.publish("tracks", tracks_text(frame, item.records, wall));
  }
  ++counts_.samples;
  counts_.frame = frame.number;
  counts_.seconds = frame.seconds;
  world_.meters.done(frame.number, world_.clock.now());
  picture_.put(std::move(*item.frame));  // nobody needs it any more
}

void Results::take_segment(pipeline::Item& item) {
  const pipeline::Segment& segment = *item.segment;
  if (!in_sequence_) {
    tell_gaps(counts_.sequences);
    told_ = std::exchange(redo_told_, false);
    if (!told_) told_length_ = -1;
    features_here_ = 0;
  }
  counts_.sequence = segment.sequence;
  counts_.position = segment.core_end;
  counts_.length = segment.length;
  // Of reads, there may be thousands a second, only those with features are worth an event.
  const bool contig = segment.kind == io::Sequence::Kind::kContig;
  if (contig && !in_sequence_ && !told_) tell_sequence(segment.sequence, segment.length);
  take_records(item.records);
  if (contig && segment.last && told_length_ != segment.core_end) {
    tell_sequence(segment.sequence, segment.core_end);
  }
  in_sequence_ = !segment.last;
  if (segment.last) {
    ids_.end(segment.sequence);
    ++counts_.sequences;
    told_before_ = 0;
  }
  counts_.samples += segment.core_end - segment.core_begin;
  world_.meters.done(item.number, world_.clock.now());
}

void Results::tell_sequence(const std::string& name, std::int64_t length) {
  told_ = true;
  told_length_ = length;
  store_.add_sequence(name, length);
  world_.log.publish("sequence",
                     io::text_of({{"name", name}, {"length", length < 0 ? Json() : Json(length)}}));
}

void Results::take_records(std::span<const io::Record> records) {
  for (const io::Record& record : records) {
    auto feature = feature_of(record, ids_, world_.attributes);
    if (!feature || ++features_here_ <= told_before_) continue;
    ++counts_.records;
    if (!told_) tell_sequence(feature->sequence, counts_.length);
    world_.log.publish("feature", feature->text);
    store_.add(std::move(*feature));
  }
}

void Results::rest(std::span<const io::Record> records) {
  const std::scoped_lock lock(mutex_);
  take_records(records);
}

void Results::end() {
  const std::scoped_lock lock(mutex_);
  tell_gaps(std::numeric_limits<std::int64_t>::max());
}

Counts Results::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

void Results::break_sequence() {
  const std::scoped_lock lock(mutex_);
  if (!in_sequence_) return;
  in_sequence_ = false;
  ids_.end(counts_.sequence);
  const std::int64_t next = ++counts_.sequences;
  const auto end = static_cast<double>(counts_.position);
  world_.gaps.add({next, "reconnect", end, end, counts_.sequence});
}

void Results::redo_sequence() {
  const std::scoped_lock lock(mutex_);
  if (!in_sequence_) return;
  in_sequence_ = false;
  ids_.end(counts_.sequence);
  told_before_ = std::max(told_before_, features_here_);
  redo_told_ = told_;
  counts_.samples -= counts_.position;
}

std::vector<std::string> Results::told_names() const {
  const std::scoped_lock lock(mutex_);
  const bool redone = told_before_ > 0 || redo_told_;
  std::vector<std::string> names;
  for (const nlohmann::json& sequence : store_.sequences()) {
    auto name = sequence.at("name").get<std::string>();
    if (!redone || name != counts_.sequence) names.push_back(std::move(name));
  }
  return names;
}

void Results::snapshot(io::Snapshot& s) {
  s(counts_, ids_, next_tracks_, in_sequence_, told_, features_here_, told_before_, redo_told_);
  s(told_length_);
  store_.snapshot(s, kMostSnapshotBytes);
}

}  // namespace heddle::app::serve
