#pragma once
// What systemd is told (sd_notify(3)), by a datagram to $NOTIFY_SOCKET. Without it nothing happens.
// Threads: const calls from any.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace heddle::app::serve {

class Notify {
 public:
  /// Reads $NOTIFY_SOCKET and $WATCHDOG_USEC.
  Notify();

  /// "READY=1", "STOPPING=1", "WATCHDOG=1".
  void tell(std::string_view what) const;
  /// Within this time systemd wants to hear WATCHDOG=1; nothing: it does not.
  std::optional<std::chrono::milliseconds> watchdog() const { return watchdog_; }

 private:
  std::string socket_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

}  // namespace heddle::app::serve
