#pragma once
// The video again, with what the tracker said drawn on it: H.264 mp4 with the frames' own time
// stamps (a variable frame rate stays one). See video_overlay_painter.h for what is drawn.
//
// Example: heddle video clip.mp4 -O mp4 -o clip.tracks.mp4

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// A file name; standard output cannot be sought in. Needs options.input's width and height.
/// Throws OutputError.
std::unique_ptr<Sink> open_video_overlay(const std::string& path, const SinkOptions& options);

/// The H.264 encoder it would use: "libx264"; empty where FFmpeg has none.
std::string video_overlay_encoder();

}  // namespace heddle::io
