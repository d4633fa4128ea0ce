#pragma once
// State that a stage keeps for each lane, made when the lane first appears.
// Threads: of() from any thread; the graph calls a kPerLane stage once at a time a lane, so the
// state itself needs no lock.

#include <map>
#include <memory>
#include <mutex>

namespace heddle::pipeline {

template <class T>
class PerLane {
 public:
  /// The lane's state; `make` gives a std::unique_ptr<T> for a new lane.
  template <class Make>
  T& of(int lane, Make&& make) {
    const std::lock_guard lock(mutex_);
    auto& state = lanes_[lane];
    if (state == nullptr) state = make();
    return *state;
  }
  /// Calls `visit` with every lane's state, in order of lane; not while the graph runs.
  template <class Visit>
  void each(Visit&& visit) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [lane, state] : lanes_) visit(*state);
  }

 private:
  mutable std::mutex mutex_;
  std::map<int, std::unique_ptr<T>> lanes_;
};

}  // namespace heddle::pipeline
