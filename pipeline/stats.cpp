#include "pipeline/stats.h"

#include <algorithm>
#include <utility>

namespace heddle::pipeline {

void StageClock::add(double seconds, bool failed) {
  const auto nanoseconds = static_cast<std::int64_t>(seconds * 1e9);
  items_.fetch_add(1, std::memory_order_relaxed);
  if (failed) failures_.fetch_add(1, std::memory_order_relaxed);
  busy_nanoseconds_.fetch_add(nanoseconds, std::memory_order_relaxed);
  const auto bound = std::ranges::lower_bound(kStageBounds, seconds);
  const auto at = static_cast<std::size_t>(bound - kStageBounds.begin());
  classes_[at].fetch_add(1, std::memory_order_relaxed);
  std::int64_t longest = longest_nanoseconds_.load(std::memory_order_relaxed);
  while (nanoseconds > longest && !longest_nanoseconds_.compare_exchange_weak(
                                      longest, nanoseconds, std::memory_order_relaxed)) {
  }
}

StageStats StageClock::stats(std::string name) const {
  StageStats stats;
  stats.name = std::move(name);
  stats.items = items_.load(std::memory_order_relaxed);
  stats.failures = failures_.load(std::memory_order_relaxed);
  stats.busy_seconds =
      static_cast<double>(busy_nanoseconds_.load(std::memory_order_relaxed)) * 1e-9;
  stats.finished_seconds = stats.busy_seconds;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    stats.classes[i] = classes_[i].load(std::memory_order_relaxed);
  }
  stats.longest_seconds =
      static_cast<double>(longest_nanoseconds_.load(std::memory_order_relaxed)) * 1e-9;
  return stats;
}

}  // namespace heddle::pipeline
