#pragma once
// What heads and associations tell of an object in a frame.

#include "io/record.h"
#include "io/sample.h"
#include "pipeline/box.h"

namespace heddle::pipeline {

inline io::Track track_record(
    const io::Frame& frame, std::int64_t id, const Box& box, double score, io::Track::State state) {
  return {.frame = frame.number,
          .seconds = frame.seconds,
          .id = id,
          .x = box.x,
          .y = box.y,
          .width = box.width,
          .height = box.height,
          .score = score,
          .state = state,
          .label = {}};
}

}  // namespace heddle::pipeline
