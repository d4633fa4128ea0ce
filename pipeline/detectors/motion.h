#pragma once
// Proposals by motion: what differs from a learnt background, as boxes. For cameras that stand
// still or shake a little; where a camera truly moves it says nothing rather than something false.
//
// Steps a frame: shrink to about `working_pixels`; steady it on the anchor frame by the motion of a
// grid of points (scene_motion.h); even out exposure; background subtraction by a mixture of
// Gaussians a pixel with shadows marked (Zivkovic 2004, OpenCV's MOG2); clean and join the
// foreground (motion_blobs.h); drop ghosts, the holes that leaving objects open in the background.
// Threads: one detector a stream, calls must not overlap. The result depends on the frames alone.
// Errors: std::invalid_argument for a frame whose bytes do not fit its size.

#include "io/sample.h"
#include "pipeline/detectors/detection.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace heddle::pipeline {

struct MotionSettings {
  int working_pixels = 120'000;       // the frame is shrunk by a whole factor to about this
  double memory_seconds = 50;         // time constant of the background
  double background_share = 0.9;      // of a pixel's history that counts as background
  double variance_threshold = 20;     // squared distance, in variances, that counts as different
  double minimum_area = 0.0004;       // smallest object, share of the frame
  double maximum_area = 0.9;          // largest
  double global_change = 0.55;        // more foreground than this is a new scene, not objects
  double learning_seconds = 0.4;      // quiet time after a start or a new scene
  double drift_limit = 0.12;          // of the frame's width: beyond it the anchor is given up
  std::size_t maximum_objects = 200;  // the largest are kept
};

/// What the detector met, for the run's report.
struct MotionStatistics {
  std::int64_t frames = 0;
  std::int64_t relearned = 0;     // times the background was given up and learnt anew
  std::int64_t quiet = 0;         // frames without proposals because the background was not valid
  std::int64_t camera_moved = 0;  // frames in which the camera moved
};

class MotionDetector {
 public:
  explicit MotionDetector(const MotionSettings& settings = {});
  ~MotionDetector();
  MotionDetector(MotionDetector&&) noexcept;
  MotionDetector& operator=(MotionDetector&&) noexcept;

  /// The moving things of the next frame, largest first.
  std::vector<Detection> detect(const io::Frame& frame);
  const MotionStatistics& statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::pipeline
