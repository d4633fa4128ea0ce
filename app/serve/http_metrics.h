#pragma once
// Counts of requests by route and status, and how long answers took. Threads: every call from any.

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace heddle::app::serve {

class HttpMetrics {
 public:
  /// Upper bounds in seconds; one more bucket has no bound.
  static constexpr std::array kBounds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0};

  /// `seconds` < 0: is not timed.
  void count(const std::string& route, int status, double seconds);

  struct Times {
    std::array<std::int64_t, kBounds.size() + 1> buckets{};  // not cumulative
    std::int64_t count = 0;
    double sum = 0;
  };
  struct Snapshot {
    std::map<std::pair<std::string, int>, std::int64_t> requests;  // by route and status
    std::map<std::string, Times> times;                            // by route
  };
  Snapshot snapshot() const;

 private:
  mutable std::mutex mutex_;
  Snapshot counts_;
};

}  // namespace heddle::app::serve
