#pragma once
// Tracks as a table by RFC 4180: commas, lines that end with CR LF, quotes around fields that need
// them. A line of column names first, then one line an object and frame, by frame and then id:
//
//   frame,seconds,id,state,label,score,left,top,width,height
//   12,0.480000,3,tracked,car,0.9120,10.00,4.50,20.00,30.00
//
// Frames and pixels are 0-based, as in the JSON lines (MOT text is 1-based). state: new, tracked,
// recovered: seen in the frame; lost: the place is a prediction; ended: the last line of an id.
// label: the class, empty where unknown. score: 0 to 1. A number that is not finite is an empty
// field.
//
// Example: heddle video clip.mp4 -O csv -o clip.csv

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// `path` "-" is standard output. Throws OutputError.
std::unique_ptr<Sink> open_csv(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
