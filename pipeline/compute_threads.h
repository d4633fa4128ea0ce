#pragma once
// The part of the thread policy (threads.h) that computing asks for: oneTBB limited to a budget,
// OpenMP teams of 1 in every thread that computes. Programs that decode nothing need no more.

#include <functional>
#include <memory>
#include <thread>

namespace heddle::pipeline {

/// Cores this process may use: the smallest of hardware, affinity mask and the cgroup's CPU quota
/// (rounded up). >= 1.
int available_threads();

/// While it lives, computing keeps to `threads`. Throws std::invalid_argument unless 1 to 4096.
class ComputeThreads {
 public:
  explicit ComputeThreads(int threads);
  ~ComputeThreads();
  ComputeThreads(const ComputeThreads&) = delete;
  ComputeThreads& operator=(const ComputeThreads&) = delete;

  int count() const { return threads_; }

 private:
  struct State;
  int threads_;
  std::unique_ptr<State> state_;
};

/// A thread of our own that keeps to the policy (its OpenMP team is 1).
std::thread own_thread(std::function<void()> body);

}  // namespace heddle::pipeline
