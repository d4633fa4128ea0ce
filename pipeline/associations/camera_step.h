#pragma once
// How the picture moved from one frame to the next because the camera did.

namespace heddle::pipeline {

/// (x, y) -> (a x - b y + dx, b x + a y + dy), frame pixels.
struct CameraStep {
  double a = 1, b = 0, dx = 0, dy = 0;
};

}  // namespace heddle::pipeline
