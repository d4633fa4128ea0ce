#include "app/serve/streams/meters.h"

#include <algorithm>
#include <cmath>

namespace heddle::app::serve {
namespace {

constexpr std::size_t kMostReading = 4096;  // more cannot be under way
constexpr auto kRateTime = std::chrono::seconds(5);

double quantile(std::vector<double>& values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(
      std::min(std::ceil(share * static_cast<double>(values.size())) - 1,
               static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

void Meters::read(std::int64_t key, Clock::Time when) {
  const std::scoped_lock lock(mutex_);
  reading_.emplace_back(key, when);
  if (reading_.size() > kMostReading) reading_.pop_front();
}

Clock::Time::duration Meters::age(std::int64_t key, Clock::Time now) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [read, when] : reading_) {
    if (read == key) return now - when;
  }
  return {};
}

void Meters::done(std::int64_t key, Clock::Time when) {
  const std::scoped_lock lock(mutex_);
  while (!reading_.empty() && reading_.front().first < key) reading_.pop_front();
  if (reading_.empty() || reading_.front().first != key) return;
  const std::chrono::duration<double, std::milli> took = when - reading_.front().second;
  reading_.pop_front();
  newest_ms_ = took.count();
  if (milliseconds_.size() < kSamples) {
    milliseconds_.push_back(took.count());
  } else {
    milliseconds_[next_++ % kSamples] = took.count();
  }
}

void Meters::count(std::int64_t samples, Clock::Time when) {
  const std::scoped_lock lock(mutex_);
  counts_.emplace_back(samples, when);
  while (counts_.size() > 2 && when - counts_[1].second >= kRateTime) counts_.pop_front();
}

double Meters::rate() const {
  const std::scoped_lock lock(mutex_);
  if (counts_.size() < 2) return 0;
  const std::chrono::duration<double> time = counts_.back().second - counts_.front().second;
  const auto samples = static_cast<double>(counts_.back().first - counts_.front().first);
  return time.count() > 0 ? samples / time.count() : 0;
}

double Meters::newest_ms() const {
  const std::scoped_lock lock(mutex_);
  return newest_ms_;
}

Meters::Latency Meters::latency() const {
  std::vector<double> values;
  {
    const std::scoped_lock lock(mutex_);
    values = milliseconds_;
  }
  if (values.empty()) return {};
  return {quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99)};
}

}  // namespace heddle::app::serve
