#pragma once
// Ctrl-C and SIGTERM: the first asks the run to stop and drain, the second ends the process at
// once; but not a SIGTERM that follows within two seconds, for supervisors send theirs twice, to a
// process and to its group (timeout(1)). Made first thing in main, before any thread: it blocks
// both signals everywhere and waits for them in a thread of its own.

#include <functional>
#include <memory>

namespace heddle::app {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// Called once, from the signal thread, at the first signal (at once when it has already come).
  /// Empty: nothing to stop.
  void on_signal(std::function<void()> stop);
  /// Readable from the first signal on: for poll() beside input that may stay silent.
  int descriptor() const;
  /// 0, SIGINT or SIGTERM.
  int received() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::app
