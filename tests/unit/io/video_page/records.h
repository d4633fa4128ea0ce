#pragma once
// Frames and tracks for tests of the video page: ten frames a second, 64 x 48 pixels.

#include "io/record.h"
#include "io/sample.h"

#include <string>
#include <vector>

namespace heddle::io {

inline Frame frame_at(std::int64_t number, std::uint8_t grey = 90) {
  Frame frame;
  frame.number = number;
  frame.seconds = static_cast<double>(number) / 10;
  frame.width = 64;
  frame.height = 48;
  frame.bgr.assign(64 * 48 * 3, grey);
  return frame;
}

inline Track track_at(std::int64_t frame,
                      std::int64_t id,
                      Track::State state = Track::State::kTracked,
                      const std::string& label = "") {
  Track track;
  track.frame = frame;
  track.seconds = static_cast<double>(frame) / 10;
  track.id = id;
  track.x = 10 + static_cast<double>(frame % 20);
  track.y = 10;
  track.width = 12;
  track.height = 20;
  track.score = 0.5;
  track.state = state;
  track.label = label;
  return track;
}

}  // namespace heddle::io
