#pragma once
// Frames as portable pixmaps, one after the other in one file, as ffmpeg reads them.

#include "io/atomic_file.h"
#include "io/sample.h"

namespace heddle::app {

void append_ppm(io::AtomicFile& file, const io::Frame& frame);

}  // namespace heddle::app
