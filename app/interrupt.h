#pragma once
// Ctrl-C and SIGTERM: the first asks the run to stop and drain, the second ends the process at
// once; but not a SIGTERM that follows within two seconds, for supervisors send theirs twice, to a
// process and to its group (timeout(1)). Where nobody heeds signals (options are still being read,
// a command knows no half way) the first one, too, ends the process at once. Made first thing in
// main, before any thread: it blocks both signals everywhere and waits for them in a thread of its
// own.

#include <functional>
#include <memory>

namespace heddle::app {

class Interrupt {
 public:
  /// `last_words`: called from the signal thread right before the process ends at once, with
  /// whether that is by the first signal.
  explicit Interrupt(std::function<void(bool first)> last_words = {});
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// From now on somebody asks: the first signal ends nothing by itself.
  void heed();
  /// Heeds signals. Called once, from the signal thread, at the first signal (at once when it has
  /// already come). Empty: nothing to stop.
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
