#pragma once
// Turns the time stamps of a file, which may be missing, repeated or restarted, into seconds that
// strictly increase from 0. Deterministic: depends only on the stamps. Single-threaded.

#include <optional>

namespace heddle::io {

class FrameClock {
 public:
  /// `interval`: nominal seconds between frames, > 0; it follows the stamps as they come.
  explicit FrameClock(double interval) : interval_(interval) {}

  struct Tick {
    double seconds = 0;  // from the first frame, above the previous tick
    bool gap = false;    // time is missing before this frame
  };
  /// The next frame's stamp in seconds on the file's own clock, or nothing where it has none.
  /// - missing: one interval after the previous frame;
  /// - not after the previous frame: an eighth of an interval after it, so that a burst of equal
  ///   stamps does not push the following good ones away;
  /// - more than three intervals back, or days ahead: the clock was restarted (recordings joined, a
  ///   time-stamp wrap): time goes on one interval later, and a gap is said;
  /// - ahead by half a second and by eight running intervals: kept, and a gap is said.
  Tick next(std::optional<double> stamp);

 private:
  double interval_;
  double previous_ = 0;
  std::optional<double> origin_;  // the file's clock at our second 0
  bool started_ = false;
};

}  // namespace heddle::io
