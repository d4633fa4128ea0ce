#pragma once
// The end of a stream's waiting: for good, or of one attempt that takes too long. Sources poll its
// descriptor (io::SourceOptions::stop_descriptor). Threads: any.

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace heddle::app::serve {

class Halt {
 public:
  /// Throws std::system_error where the process has no descriptor left.
  Halt();
  ~Halt();
  Halt(const Halt&) = delete;
  Halt& operator=(const Halt&) = delete;

  /// Readable once raised or interrupted; -1 once closed.
  int descriptor() const;
  void raise();
  /// Until clear().
  void interrupt();
  void clear();
  /// Nobody polls the descriptor any more: it goes. Raising and waiting stay as they are.
  void close();
  bool raised() const;
  /// Returns at once when raised (true), else after `most`.
  bool wait(std::chrono::nanoseconds most);

 private:
  mutable std::mutex mutex_;
  int descriptor_;
  std::condition_variable changed_;
  bool raised_ = false;
};

}  // namespace heddle::app::serve
