#pragma once
// Whether the daemon gets on, for those that ask over HTTP: by the beats that systemd's watchdog
// gets, and with its limit. Threads: any.

#include <atomic>
#include <chrono>

namespace heddle::app::serve {

class Alive {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// From now on a beat must come within each `limit`. Before: alive.
  void watch(std::chrono::milliseconds limit, Time now = std::chrono::steady_clock::now()) {
    beat_ = now;
    limit_ = limit;
  }
  void beat(Time now = std::chrono::steady_clock::now()) { beat_ = now; }
  bool still(Time now = std::chrono::steady_clock::now()) const {
    const std::chrono::milliseconds limit = limit_;
    return limit.count() > 0 && now - beat_.load() > limit;
  }

 private:
  std::atomic<Time> beat_ = Time();
  std::atomic<std::chrono::milliseconds> limit_ = std::chrono::milliseconds(0);
};

}  // namespace heddle::app::serve
