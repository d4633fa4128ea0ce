#include "pipeline/at_work.h"

#include <pthread.h>

namespace heddle::pipeline {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

AtWork::Here::Here(AtWork& all) : all_(all) {
  clockid_t clock = CLOCK_MONOTONIC;  // where a thread has none of its own, it always computes
  ::pthread_getcpuclockid(::pthread_self(), &clock);
  const std::scoped_lock lock(all_.mutex_);
  place_ = all_.places_.insert(all_.places_.end(), {clock, seconds_of(clock)});
}

AtWork::Here::~Here() {
  const std::scoped_lock lock(all_.mutex_);
  all_.places_.erase(place_);
}

double AtWork::seconds() const {
  const std::scoped_lock lock(mutex_);  // whose place stands here is alive
  double sum = 0;
  for (const Place& place : places_) sum += seconds_of(place.clock) - place.begun;
  return sum;
}

}  // namespace heddle::pipeline
