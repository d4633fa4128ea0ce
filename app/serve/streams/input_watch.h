#pragma once
// Whether who reads a stream's input waits for something that does not come: a decoder that hangs,
// a file of a server that is gone, a sender that is silent. Who computes is slow, not waiting; and
// who does not read, because what was read is not through, is not looked at. Threads: Asking and
// Resting in the one that reads, look() in another, once a second, silent() in any.

#include "app/serve/streams/clock.h"
#include "pipeline/at_work.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace heddle::app::serve {

class InputWatch {
 public:
  InputWatch(Clock::Time now, std::chrono::seconds limit) : limit_(limit), moved_(now) {}

  /// The calling thread opens or reads the input, for as long as this lives. Null: nobody looks.
  class Asking {
   public:
    explicit Asking(InputWatch* watch);
    ~Asking();
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

   private:
    InputWatch* const watch_;
    std::optional<pipeline::AtWork::Here> here_;
  };

  /// Inside of that: it sleeps until a frame's time has come.
  class Resting {
   public:
    explicit Resting(InputWatch* watch);
    ~Resting();
    Resting(const Resting&) = delete;
    Resting& operator=(const Resting&) = delete;

   private:
    InputWatch* const watch_;
  };

  void look(Clock::Time now);
  /// For `limit` it has waited, and nobody computed.
  bool silent() const { return silent_; }
  std::chrono::seconds limit() const { return limit_; }

 private:
  void set(bool& what, bool value);

  const std::chrono::seconds limit_;
  pipeline::AtWork work_;
  std::mutex mutex_;
  bool asking_ = false, resting_ = false;
  std::int64_t steps_ = 0;  // begins and ends
  std::int64_t seen_steps_ = 0;
  double seen_work_ = 0;  // seconds
  Clock::Time moved_;
  std::atomic<bool> silent_{false};
};

}  // namespace heddle::app::serve
