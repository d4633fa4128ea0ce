#pragma once
// A stream's events for those who listen: numbered from 1, without holes but for what
// start_after() skips, kept in a ring that is bounded by count and bytes, so that a listener that
// was away comes back with the number of the last event that it saw (Server-Sent Events,
// `Last-Event-ID`; WHATWG HTML, section 9.2) and is told how many were lost. Threads: every call
// from any thread.

#include "app/serve/event_ring.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace heddle::app::serve {

struct EventLimits {
  std::size_t events = 65536;
  std::size_t bytes = std::size_t{16} << 20;  // of memory, about
};

/// After a kill nobody knows which numbers were given since the last record of them; so many are
/// left out, so that none is given twice.
inline constexpr std::int64_t kUnknownEvents = 1'000'000;

/// Numbers that nobody had: behind the one, up to the other.
struct SkippedEvents {
  std::int64_t from = 0, to = 0;
  template <typename Snapshot>
  void snapshot(Snapshot& s) {
    s(from, to);
  }
};

/// Of all logs of this process, since it began.
std::int64_t published_events();

class EventLog {
 public:
  explicit EventLog(const EventLimits& limits = {});

  /// Returns the event's number. Who hears it is told when it was, `when`, as `wall` of its data,
  /// unless they have one of their own (of tracks: when the frame came). `data` is a JSON object.
  std::int64_t publish(
      std::string_view type,
      std::string_view data,
      std::chrono::system_clock::time_point when = std::chrono::system_clock::now());
  /// No more will come. Later publish() calls are a programming error (std::logic_error).
  void end();

  struct Read {
    std::vector<Event> events;  // oldest first
    std::int64_t lost = 0;      // events after `id` that the ring holds no more
    std::int64_t seen = 0;      // the newest that was read or lost: what to ask for next
    bool ended = false;         // nothing comes after these
  };
  /// What came after event `id` (0: all), up to about `most_bytes`, at least one where there is
  /// one.
  Read after(std::int64_t id, std::size_t most_bytes = std::size_t{256} << 10) const;
  /// The newest, of about so many bytes in all, oldest first.
  std::vector<Event> newest(std::size_t most_bytes) const;
  std::int64_t last() const;
  /// Of memory that the ring takes, about: its events, not what is free in its newest block.
  std::size_t bytes() const;
  /// An empty log of a stream that goes on after a restart: its next event is number
  /// `last` + `skipped` + 1. What was given of the skipped numbers, and of those that were skipped
  /// `before`, is not known; nobody is told that those were lost. Of very many skips the oldest
  /// are forgotten.
  void start_after(std::int64_t last,
                   std::int64_t skipped = 0,
                   std::vector<SkippedEvents> before = {});
  /// Behind start_after(), before the first event: what an earlier process told last, in order, up
  /// to the number that was its last.
  void put_back(const std::vector<Event>& events);
  /// All of them, in order, for the next process.
  std::vector<SkippedEvents> skipped() const;

  /// `wake` is called after every publish() and end(), from the publisher's thread, without a lock
  /// held on the log; it must not block. The listener must remove itself before it dies.
  int add_listener(std::function<void()> wake);
  void remove_listener(int listener);

 private:
  void let_go();

  const EventLimits limits_;
  mutable std::mutex mutex_;
  EventRing ring_;
  std::int64_t last_ = 0;
  std::vector<SkippedEvents> skipped_;  // in order, apart from each other
  bool ended_ = false;
  std::mutex listeners_mutex_;
  std::map<int, std::function<void()>> listeners_;
  int next_listener_ = 0;
};

}  // namespace heddle::app::serve
