#pragma once
// How fast a stream is: samples a second, and the time from reading a sample to its event.
// Threads: any.

#include "app/serve/streams/clock.h"

#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace heddle::app::serve {

class Meters {
 public:
  struct Latency {
    double p50_ms = -1, p95_ms = -1, p99_ms = -1;  // -1: of none so far
  };

  /// Sample `key` was read; keys ascend.
  void read(std::int64_t key, Clock::Time when);
  /// How long ago it was read; zero where that is not known.
  Clock::Time::duration age(std::int64_t key, Clock::Time now) const;
  /// It became an event. What was read before it never will.
  void done(std::int64_t key, Clock::Time when);
  /// `samples` so far; called now and then. The rate is over the last 5 s of calls.
  void count(std::int64_t samples, Clock::Time when);

  double rate() const;
  /// From reading to its event, of the newest sample that became one; -1: none did.
  double newest_ms() const;
  Latency latency() const;  // of the last kSamples

 private:
  static constexpr std::size_t kSamples = 1024;
  mutable std::mutex mutex_;
  std::deque<std::pair<std::int64_t, Clock::Time>> reading_;
  std::vector<double> milliseconds_;  // a ring
  std::size_t next_ = 0;
  double newest_ms_ = -1;
  std::deque<std::pair<std::int64_t, Clock::Time>> counts_;
};

}  // namespace heddle::app::serve
