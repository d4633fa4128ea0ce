#pragma once
// Collects messages into batches for a stage that works on several items at once. A batch leaves
// when it is full, when it has waited for the timeout, when nothing else moves and the reader waits
// (Entrance::check_quiet), and at the end of input. Without those rules
// limiter and batcher wait for each other for ever. Threads: arrive() from any; `flush` is called
// without a lock, from the arriving, the reader's or the timer's thread.

#include "pipeline/entrance.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle::pipeline {

using Batch = std::vector<MessagePtr>;

class Batcher {
 public:
  Batcher(int size,
          std::chrono::milliseconds timeout,
          Entrance& entrance,
          std::function<void(Batch)> flush);
  ~Batcher();

  void arrive(MessagePtr message);
  /// Nothing moves any more: what is here leaves.
  void quiet();
  /// No more input: what is here has left when this returns, and what still arrives leaves at once.
  void close();

 private:
  void watch_timeout();
  void leave(std::unique_lock<std::mutex>& lock);

  const int size_;
  const std::chrono::milliseconds timeout_;
  Entrance& entrance_;
  const std::function<void(Batch)> flush_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch pending_;
  std::chrono::steady_clock::time_point deadline_;
  int leaving_ = 0;  // batches on their way out of flush_
  bool closed_ = false;
  bool done_ = false;
  std::thread timer_;
};

}  // namespace heddle::pipeline
