#pragma once
// Tracks as MOTChallenge text (Milan et al., MOT16, arXiv:1603.00831): one line a box,
//   frame,id,left,top,width,height,confidence,-1,-1,-1
// Frames and pixels are 1-based there: the upper left corner of the picture is (1,1), so left and
// top are ours plus one. Two decimals for boxes, four for the confidence. A line is written for
// objects seen in the frame (new, tracked, recovered), by frame and then id; lost and ended ones
// are in the JSON lines.
//
// Example: heddle video clip.mp4 -O mot -o clip.txt

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// `path` "-" is standard output. Throws OutputError.
std::unique_ptr<Sink> open_mot(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
