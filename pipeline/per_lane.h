#pragma once
// State that a stage keeps for each lane, made when the lane first appears.
// Threads: of() from any thread; the graph calls a kPerLane stage once at a time a lane, so the
// state itself needs no lock.

#include "io/snapshot.h"

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
  /// All lanes' states, of types that have a member snapshot(); as of(), called where the stage is.
  std::string save() {
    const std::lock_guard lock(mutex_);
    io::Snapshot snapshot;
    auto lanes = static_cast<std::int64_t>(lanes_.size());
    snapshot(lanes);
    for (auto& [lane, state] : lanes_) {
      int number = lane;
      snapshot(number, *state);
    }
    return snapshot.take();
  }
  /// `make` as for of(). Throws io::SnapshotError.
  template <class Make>
  void load(const std::string& bytes, Make&& make) {
    io::Snapshot snapshot(bytes);
    std::int64_t lanes = 0;
    snapshot(lanes);
    for (; lanes > 0; --lanes) {
      int number = 0;
      snapshot(number);
      snapshot(of(number, make));
    }
    snapshot.end();
  }

 private:
  mutable std::mutex mutex_;
  std::map<int, std::unique_ptr<T>> lanes_;
};

}  // namespace heddle::pipeline
