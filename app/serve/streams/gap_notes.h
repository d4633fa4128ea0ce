#pragma once
// Discontinuities on their way from where they are noticed, while reading, to where they become
// events, in their place among the results. Threads: any.

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace heddle::app::serve {

struct GapNote {
  std::int64_t before = 0;  // the frame, or the sequence in order of arrival, that follows it
  std::string reason;       // reconnect, timestamp_jump, stall, dropped
  double from = 0, to = 0;  // seconds of the stream; of a genome: bases of the sequence that broke
  std::string sequence;     // that broke
};

class GapNotes {
 public:
  void add(GapNote note) {
    const std::scoped_lock lock(mutex_);
    notes_.push_back(std::move(note));
  }
  /// The oldest that stands before `key` or something earlier.
  std::optional<GapNote> next(std::int64_t key) {
    const std::scoped_lock lock(mutex_);
    if (notes_.empty() || notes_.front().before > key) return std::nullopt;
    GapNote note = std::move(notes_.front());
    notes_.pop_front();
    return note;
  }

 private:
  std::mutex mutex_;
  std::deque<GapNote> notes_;
};

}  // namespace heddle::app::serve
