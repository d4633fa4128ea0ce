#pragma once
// Records as the data of events: one line of JSON each.

#include "app/serve/streams/feature_ids.h"
#include "io/formats/json_text.h"
#include "io/record.h"
#include "io/sample.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace heddle::app::serve {

/// {"frame":..,"time":..,"wall":..,"tracks":[..]}; `wall` (RFC 3339) is left out when empty.
std::string tracks_text(const io::Frame& frame,
                        std::span<const io::Record> records,
                        const std::string& wall);

/// What a track view shows: an interval, or a pair of repeats at its later end.
struct Feature {
  std::string sequence;
  std::int64_t begin = 0;  // 0-based half-open
  std::int64_t end = 0;
  std::string text;  // JSON
};
/// Nothing for records that are no features. Its JSON has begin and end, 0-based half-open, and
/// beside them gff3_start and gff3_end, 1-based inclusive. Attributes have the types of the JSON
/// lines of `heddle genome`.
std::optional<Feature> feature_of(const io::Record& record,
                                  FeatureIds& ids,
                                  const io::AttributeTypes& types);

/// 2026-03-01T12:00:00.123Z, of milliseconds since 1970.
std::string rfc3339(std::int64_t milliseconds);

}  // namespace heddle::app::serve
