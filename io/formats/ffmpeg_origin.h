#pragma once
// Where FFmpeg's packets come from: bytes of ours, or something that it opens by itself.

#include "io/peeked_input.h"

#include <string>

namespace heddle::io {

/// A value; borrows `bytes`.
struct FfmpegOrigin {
  PeekedInput* bytes = nullptr;  // null: `address`
  std::string address;           // what FFmpeg opens: "rtsp://host/live", "/dev/video0"
  std::string name;              // for messages: without a password
  std::string demuxer;           // "v4l2"; empty: by content
  std::string protocols;         // that FFmpeg may use, comma-separated
  bool live = false;             // it comes when it comes: frames may have to be dropped

  static FfmpegOrigin of(PeekedInput& input) { return {.bytes = &input, .name = input.name()}; }
  bool seekable() const { return bytes != nullptr && bytes->seekable(); }
};

/// Of a network address. Throws InputError: an unknown scheme. In ffmpeg_address.cpp.
FfmpegOrigin origin_of(const std::string& uri);

}  // namespace heddle::io
