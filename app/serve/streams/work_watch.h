#pragma once
// Whether a stream's graph gets on, by looks at its figures once a second. A slow item computes;
// one that waits for what never comes does not. Threads: look() from one, the rest from any.

#include "app/serve/streams/clock.h"
#include "pipeline/stats.h"

#include <atomic>
#include <cstdint>

namespace heddle::app::serve {

class WorkWatch {
 public:
  explicit WorkWatch(Clock::Time now) : moved_(now) {}

  void look(const pipeline::RunReport& report, Clock::Time now);
  /// Looks at which it had got on, computed, or had nothing to do.
  std::int64_t beats() const { return beats_; }
  /// There is work under way, and for 10 s nobody worked on it.
  bool stalls() const { return stalls_; }

 private:
  std::int64_t left_ = -1, steps_ = -1;
  double worked_ = 0;
  Clock::Time moved_;
  std::atomic<std::int64_t> beats_{0};
  std::atomic<bool> stalls_{false};
};

}  // namespace heddle::app::serve
