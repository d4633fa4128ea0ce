#include "app/serve/api/error.h"
#include "app/serve/api/handlers.h"
#include "app/serve/api/parameters.h"
#include "app/serve/api/stream_of.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace heddle::app::serve {
namespace {

constexpr Bounds kWidths{16, 8192};
constexpr Bounds kPositions{0, std::numeric_limits<std::int64_t>::max() / 2};
constexpr Bounds kFeatures{1, 20000};

void must_be(const Stream& stream, std::string_view kind) {
  if (stream.spec().kind != kind) {
    throw ApiError("wrong_kind",
                   "the stream " + stream.spec().id + " is " + stream.spec().kind + ", not " +
                       std::string(kind));
  }
}

/// As far as it is known; else more than any has.
std::int64_t length_of(const Stream& stream, const std::string& sequence) {
  for (const auto& known : stream.sequences()) {
    if (known.at("name") == sequence && known.at("length").is_number()) {
      return std::max<std::int64_t>(known.at("length").get<std::int64_t>(), 0);
    }
  }
  return kPositions.most;
}

}  // namespace

Response get_frame(Daemon& daemon, const Request& request) {
  const auto stream = stream_of(daemon, request);
  must_be(*stream, "video");
  const auto width = static_cast<int>(integer(request, "width", 960, kWidths));
  const auto after = integer(request, "after", -1, {-1, kPositions.most});
  const std::optional<Picture> picture = stream->picture(width, after);
  Response response;
  response.headers.emplace_back("Cache-Control", "no-store");
  if (!picture) {
    response.status = 204;
    return response;
  }
  char time[32];
  std::snprintf(time, sizeof time, "%.3f", picture->time);
  response.content_type = "image/jpeg";
  response.shared = picture->jpeg;
  response.headers.emplace_back("X-Heddle-Frame", std::to_string(picture->frame));
  response.headers.emplace_back("X-Heddle-Time", time);
  return response;
}

Response get_sequences(Daemon& daemon, const Request& request) {
  const auto stream = stream_of(daemon, request);
  must_be(*stream, "genome");
  return json_response(200, {{"sequences", stream->sequences()}});
}

Response get_features(Daemon& daemon, const Request& request) {
  const auto stream = stream_of(daemon, request);
  must_be(*stream, "genome");
  const std::string& sequence = text(request, "sequence");
  const std::int64_t begin = integer(request, "begin", 0, kPositions);
  const std::int64_t otherwise = std::max(begin, length_of(*stream, sequence));  // none lies behind
  const std::int64_t end = integer(request, "end", otherwise, kPositions);
  const auto limit = static_cast<int>(integer(request, "limit", 2000, kFeatures));
  if (end < begin) throw ApiError("bad_query", "'end' lies before 'begin'");
  const auto found = stream->features(sequence, begin, end, limit);
  if (!found.is_null()) return json_response(200, found);
  throw ApiError("no_such_sequence", "the stream has no sequence '" + sequence + "' so far");
}

}  // namespace heddle::app::serve
