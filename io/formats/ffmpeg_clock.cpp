#include "io/formats/ffmpeg_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace heddle::io {
namespace {

constexpr double kRestartIntervals = 3;
constexpr double kRestartAhead = 10 * 86400;  // seconds: no recording pauses for ten days
constexpr double kGapSeconds = 0.5;
constexpr double kGapIntervals = 8;
constexpr double kSmoothing = 1.0 / 8;

}  // namespace

FrameClock::Tick FrameClock::next(std::optional<double> stamp) {
  const double expected = started_ ? previous_ + interval_ : 0.0;
  if (stamp && !origin_) origin_ = *stamp - expected;
  Tick tick{stamp ? *stamp - *origin_ : expected, false};
  if (!started_) {
    started_ = true;
    return tick;
  }
  const double step = tick.seconds - previous_;
  if (stamp && (step < -kRestartIntervals * interval_ || step > kRestartAhead)) {
    origin_ = *stamp - expected;
    tick = {expected, true};
  } else if (step <= 0) {
    tick.seconds = previous_ + interval_ / 8;
  } else if (step > kGapSeconds && step > kGapIntervals * interval_) {
    tick.gap = true;
  } else if (stamp) {
    interval_ += (step - interval_) * kSmoothing;
  }
  // Rounding may swallow a small step once hostile jumps have added up to years.
  const double least = std::nextafter(previous_, std::numeric_limits<double>::infinity());
  tick.seconds = std::max(tick.seconds, least);
  previous_ = tick.seconds;
  return tick;
}

}  // namespace heddle::io
