#include "app/serve/http_metrics.h"

#include <algorithm>

namespace heddle::app::serve {

void HttpMetrics::count(const std::string& route, int status, double seconds) {
  const std::scoped_lock lock(mutex_);
  ++counts_.requests[{route.empty() ? "none" : route, status}];
  if (seconds < 0 || route.empty()) return;
  Times& times = counts_.times[route];
  const auto bucket = std::ranges::lower_bound(kBounds, seconds) - kBounds.begin();
  ++times.buckets[static_cast<std::size_t>(bucket)];
  ++times.count;
  times.sum += seconds;
}

HttpMetrics::Snapshot HttpMetrics::snapshot() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace heddle::app::serve
