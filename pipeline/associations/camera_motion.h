#pragma once
// The camera's own motion, frame by frame, for associations that must tell it from the objects'.
// Measured on a shrunk picture (pipeline/detectors/scene_motion.h); where most points do not agree
// on one motion, the camera counts as still.
// Threads: one object a stream, calls must not overlap. Memory: one shrunk grey picture.

#include "io/sample.h"
#include "io/snapshot.h"
#include "pipeline/associations/camera_step.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::pipeline {

class CameraMotion {
 public:
  /// From the frame before to this one; none where it stood still or is not known: in the first
  /// frame, in one of another size, and where too few points agree.
  std::optional<CameraStep> next(const io::Frame& frame);
  void forget() { grey_.clear(); }  // the next frame is a first one
  void snapshot(io::Snapshot& s) { s(columns_, rows_, grey_); }

 private:
  int columns_ = 0, rows_ = 0;
  std::vector<std::uint8_t> grey_;  // (rows, columns)
};

}  // namespace heddle::pipeline
