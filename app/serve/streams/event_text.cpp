#include "app/serve/streams/event_text.h"

#include "io/formats/json_text.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <variant>

namespace heddle::app::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kPixels = 100;       // hundredths
constexpr double kFractions = 10000;  // of a score
constexpr double kMicroseconds = 1e6;

std::string_view name_of_state(io::Track::State state) {
  constexpr std::string_view kNames[] = {"new", "tracked", "lost", "recovered", "ended"};
  return kNames[static_cast<std::size_t>(state)];
}

Json json_of(const io::Track& track) {
  Json json{{"id", track.id},
            {"x", io::rounded(track.x, kPixels)},
            {"y", io::rounded(track.y, kPixels)},
            {"w", io::rounded(track.width, kPixels)},
            {"h", io::rounded(track.height, kPixels)},
            {"score", io::rounded(track.score, kFractions)},
            {"state", name_of_state(track.state)}};
  if (!track.label.empty()) json["label"] = track.label;
  return json;
}

/// What people call it by, where it has such an attribute.
std::string name_in(const std::vector<std::pair<std::string, std::string>>& attributes) {
  for (const auto& [key, value] : attributes) {
    if (key == "Name" || key == "rpt_family") return value;
  }
  return "";
}

Feature make(const Json& head, const std::string& name, Json attributes) {
  Json json = head;
  json["gff3_start"] = head["begin"].get<std::int64_t>() + 1;
  json["gff3_end"] = head["end"];
  if (!name.empty()) json["name"] = name;
  if (!attributes.empty()) json["attributes"] = std::move(attributes);
  return {head["sequence"], head["begin"], head["end"], io::text_of(json)};
}

void add(const std::vector<std::pair<std::string, std::string>>& attributes,
         const io::AttributeTypes& types,
         Json& to) {
  for (const auto& [key, value] : attributes) to[key] = types.value(key, value);
}

Feature feature_of(const io::Interval& interval,
                   const std::string& id,
                   const io::AttributeTypes& types) {
  Json more = Json::object();
  if (interval.parts.size() > 1) {
    for (const auto& part : interval.parts) more["parts"].push_back({part.start, part.end});
  }
  if (interval.partial_start) more["partial_start"] = true;
  if (interval.partial_end) more["partial_end"] = true;
  add(interval.attributes, types, more);
  return make({{"sequence", interval.sequence},
               {"type", interval.type},
               {"begin", interval.parts.front().start},
               {"end", interval.parts.back().end},
               {"strand", std::string(1, interval.strand)},
               {"score", io::rounded(interval.score, kFractions)},
               {"id", id}},
              name_in(interval.attributes),
              std::move(more));
}

Feature feature_of(const io::Pair& pair, const std::string& id, const io::AttributeTypes& types) {
  Json more{{"copy_sequence", pair.second.sequence},
            {"copy_begin", pair.second.start},
            {"copy_end", pair.second.end},
            {"identity", io::rounded(pair.identity(), kFractions)}};
  add(pair.attributes, types, more);
  return make({{"sequence", pair.first.sequence},
               {"type", "repeat_pair"},
               {"begin", pair.first.start},
               {"end", pair.first.end},
               {"strand", std::string(1, pair.strand)},
               {"score", io::rounded(pair.score, kFractions)},
               {"id", id}},
              pair.name,
              std::move(more));
}

}  // namespace

std::string tracks_text(const io::Frame& frame,
                        std::span<const io::Record> records,
                        const std::string& wall) {
  Json json{{"frame", frame.number}, {"time", io::rounded(frame.seconds, kMicroseconds)}};
  if (!wall.empty()) json["wall"] = wall;
  json["tracks"] = Json::array();
  for (const io::Record& record : records) {
    if (const auto* track = std::get_if<io::Track>(&record)) {
      json["tracks"].push_back(json_of(*track));
    }
  }
  return io::text_of(json);
}

std::optional<Feature> feature_of(const io::Record& record,
                                  FeatureIds& ids,
                                  const io::AttributeTypes& types) {
  if (const auto* interval = std::get_if<io::Interval>(&record)) {
    return feature_of(*interval, ids.of(*interval), types);
  }
  if (const auto* pair = std::get_if<io::Pair>(&record)) {
    return feature_of(*pair, ids.of(*pair), types);
  }
  return std::nullopt;
}

std::string rfc3339(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> text{};
  std::snprintf(
      text.data(), text.size(), "%s.%03dZ", date.data(), static_cast<int>(milliseconds % 1000));
  return text.data();
}

}  // namespace heddle::app::serve
