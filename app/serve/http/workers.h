#pragma once
// A few threads for answers that take a while, so that the thread that serves the connections never
// waits. Tasks must not throw.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle::app::serve {

class Workers {
 public:
  Workers(int threads, std::size_t most_waiting);
  ~Workers();  // finishes what waits

  /// False: too much waits already.
  bool add(std::function<void()> task);
  void finish();

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool finishing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace heddle::app::serve
