#include "pipeline/lane_gate.h"

#include <utility>

namespace heddle::pipeline {

void LaneGate::arrive(MessagePtr message, const std::function<void(const MessagePtr&)>& work) {
  const int key = by_lane_ ? message->item().lane : 0;
  const std::int64_t order = by_lane_ ? message->lane_number : message->item().number;
  std::unique_lock lock(mutex_);
  Lane& lane = lanes_[key];  // stays put: unordered_map never moves its nodes
  lane.waiting.emplace(order, std::move(message));
  entrance_.rest(1);
  if (!lane.busy) {
    lane.busy = true;
    while (!lane.waiting.empty() && lane.waiting.begin()->first == lane.next) {
      const MessagePtr due = std::move(lane.waiting.begin()->second);
      lane.waiting.erase(lane.waiting.begin());
      entrance_.rest(-1);
      lock.unlock();
      work(due);
      lock.lock();
      ++lane.next;
    }
    lane.busy = false;
  }
  lock.unlock();
  entrance_.check_quiet();
}

}  // namespace heddle::pipeline
