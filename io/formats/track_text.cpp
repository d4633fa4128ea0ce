#include "io/formats/track_text.h"

#include <algorithm>
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

std::vector<const Track*> tracks_in_order(std::span<const Record> records) {
  std::vector<const Track*> tracks;
  for (const Record& record : records) {
    if (const auto* track = std::get_if<Track>(&record)) tracks.push_back(track);
  }
  std::stable_sort(tracks.begin(), tracks.end(), [](const Track* a, const Track* b) {
    return a->frame != b->frame ? a->frame < b->frame : a->id < b->id;
  });
  return tracks;
}

}  // namespace heddle::io
