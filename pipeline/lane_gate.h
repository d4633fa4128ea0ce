#pragma once
// Turns messages that arrive in any order and from any thread into calls that are in order, one at
// a time, for each lane. No thread ever waits: whoever brings the message that is next does the
// work, and goes on with what has queued up meanwhile. Memory: holds at most what is in flight, and
// a small entry a lane.

#include "pipeline/entrance.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

namespace heddle::pipeline {

class LaneGate {
 public:
  /// `by_lane`: order within each lane by lane_number; otherwise one order for all by item.number.
  /// Tells `entrance` of messages that lie still here.
  LaneGate(bool by_lane, Entrance& entrance) : by_lane_(by_lane), entrance_(entrance) {}

  /// Calls `work` for this message and any that became due, in order. `work` must not throw.
  void arrive(MessagePtr message, const std::function<void(const MessagePtr&)>& work);

 private:
  struct Lane {
    std::int64_t next = 0;
    bool busy = false;
    std::map<std::int64_t, MessagePtr> waiting;
  };

  const bool by_lane_;
  Entrance& entrance_;
  std::mutex mutex_;
  std::unordered_map<int, Lane> lanes_;
};

}  // namespace heddle::pipeline
