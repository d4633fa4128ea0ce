#include "io/formats/track_text.h"

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace heddle::io {

const char* state_name(Track::State state) {
  switch (state) {
    case Track::State::kNew:
      return "new";
    case Track::State::kTracked:
      return "tracked";
    case Track::State::kLost:
      return "lost";
    case Track::State::kRecovered:
      return "recovered";
    case Track::State::kEnded:
      return "ended";
  }
  throw std::logic_error("a track state without a name");
}

bool is_seen(const Track& track) {
  return track.state != Track::State::kLost && track.state != Track::State::kEnded;
}

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return {};
  char text[340];  // the longest double has 309 digits before the point
  return {text,
          static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.*f", decimals, value))};
}

}  // namespace heddle::io
