#pragma once
// Notices that something awaited does not come, and interrupts the waiting. Threads: expect() and
// satisfied() from the one who waits, look() from another, once a second or so.

#include "app/serve/streams/clock.h"

#include <mutex>
#include <optional>

namespace heddle::app::serve {

class Patience {
 public:
  /// Borrows both.
  Patience(const Clock& clock, Halt& halt) : clock_(clock), halt_(halt) {}

  /// Clears an earlier interruption.
  void expect(std::chrono::nanoseconds within) {
    const std::scoped_lock lock(mutex_);
    halt_.clear();
    ran_out_ = false;
    until_ = clock_.now() + within;
  }
  /// It came, or failed. True: it had been interrupted.
  bool satisfied() {
    const std::scoped_lock lock(mutex_);
    until_.reset();
    return ran_out_;
  }
  void look() {
    const std::scoped_lock lock(mutex_);
    if (!until_ || clock_.now() < *until_) return;
    ran_out_ = true;
    halt_.interrupt();
  }

 private:
  const Clock& clock_;
  Halt& halt_;
  std::mutex mutex_;
  std::optional<Clock::Time> until_;
  bool ran_out_ = false;
};

}  // namespace heddle::app::serve
