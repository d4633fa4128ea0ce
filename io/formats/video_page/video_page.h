#pragma once
// A run over video as one self-contained HTML page: run header and counts, objects in view over
// time, a bar an identity with the times it was away, paths over a still, crops before and after
// each time an identity came back, and tables by class and identity. Nothing is fetched; light and
// dark.
//
// Bounded whatever the video's length (about 1 MB): see identity_log.h, return_gallery.h,
// count_curve.h; the page says what was left out. The still is the first frame with the most
// objects in view. Frames without pixels (--detections without a video) give a page without
// pictures.
//
// Example: heddle video clip.mp4 -O html -o clip.html

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// `path` "-" is standard output. Throws OutputError.
std::unique_ptr<Sink> open_video_page(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
