#pragma once
// A frame as a JPEG, by FFmpeg's own encoder.

#include "io/sample.h"

#include <string>

namespace heddle::io {

/// No wider than `width` (scaled down, never up; its shape is kept). Any thread. Throws OutputError
/// where the installed FFmpeg cannot, std::invalid_argument for a frame whose bytes do not fit its
/// size.
std::string jpeg_of(const Frame& frame, int width);

}  // namespace heddle::io
