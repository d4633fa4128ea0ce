#pragma once
// A part of a video: from one time to another, and every n-th frame of it.

#include "io/source.h"

#include <limits>
#include <memory>

namespace heddle::io {

struct ExcerptOptions {
  double from = 0;  // seconds, of the first frame at the earliest
  double to = std::numeric_limits<double>::infinity();  // frames at or after this are not read
  std::int64_t stride = 1;                              // 1: every frame
  int stop_descriptor = -1;                             // as that of SourceOptions

  bool takes_all() const {
    return from <= 0 && to == std::numeric_limits<double>::infinity() && stride == 1;
  }
};

/// Frames keep their numbers and times, so that results of an excerpt are those of the whole
/// video's frames. What lies before `from` is decoded and left out: to the frame exact, at the
/// speed of decoding; a jump to a key frame would not know the numbers. Where nothing lies in the
/// excerpt, the end is an InputError saying where the video ends. Between two frames that are left
/// out the stop is heard: an InterruptedError. `source` gives frames.
std::unique_ptr<Source> excerpt(std::unique_ptr<Source> source, const ExcerptOptions& options);

}  // namespace heddle::io
