#pragma once
// Time as streams see it, so that tests of time-outs, back-off and pacing need no waiting.
// Threads: any.

#include "app/serve/streams/halt.h"

#include <chrono>

namespace heddle::app::serve {

class Clock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;
  virtual Time now() const { return std::chrono::steady_clock::now(); }
  /// False: the halt was raised before the time was over.
  virtual bool sleep(std::chrono::nanoseconds time, Halt& halt) { return !halt.wait(time); }
};

}  // namespace heddle::app::serve
