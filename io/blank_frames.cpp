#include "io/blank_frames.h"

namespace heddle::io {

BlankFrames::BlankFrames(const BlankVideo& video) {
  info_.format = "boxes alone";
  info_.name = video.name;
  info_.video = true;
  info_.width = video.width;
  info_.height = video.height;
  info_.frames_per_second = video.frames_per_second;
  info_.total = video.frames;
}

std::optional<Sample> BlankFrames::next() {
  if (given_ == info_.total) return std::nullopt;
  Frame frame;
  frame.number = given_++;
  frame.seconds = static_cast<double>(frame.number) / info_.frames_per_second;
  frame.width = info_.width;
  frame.height = info_.height;
  frame.stream = info_.name;
  return frame;
}

}  // namespace heddle::io
