#pragma once
// Time as decisions see it. Containers round time stamps (Matroska to milliseconds, MP4 hardly),
// and a decision that turns on less than that would differ between two copies of one clip.

#include <cmath>

namespace heddle::pipeline {

/// Seconds, above what the rounding of four stamps can add up to and below half a frame at 120 a
/// second.
inline constexpr double kStampSlack = 0.004;

/// Have `limit` seconds passed, give or take kStampSlack?
inline bool has_passed(double since, double now, double limit) {
  return now - since >= limit - kStampSlack;
}

/// A step between two frames in whole 240ths of a second, at least none: nearly every frame rate in
/// use (24, 25, 30, 50, 60, 120 and their 1000/1001) is the same number of them however its stamps
/// are rounded.
inline double steady_step(double seconds) {
  constexpr double kSteps = 240;
  return seconds > 0 ? std::round(seconds * kSteps) / kSteps : 0;
}

}  // namespace heddle::pipeline
