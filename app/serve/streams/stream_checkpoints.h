#pragma once
// What of a stream outlives its process: two files in turn with a check sum (app/journal.h), taken
// every 10 s and when it is drained. Threads: any.

#include "app/journal.h"
#include "app/serve/events.h"
#include "app/serve/streams/clock.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace heddle::app::serve {

/// Beside the graph's checkpoint.
struct StreamMemo {
  std::int64_t last_event = 0;
  bool drained = false;  // nothing was told after it
  int restarts = 0;      // of the process that took it
  std::int64_t reconnects = 0, dropped = 0;
  std::int64_t wall_milliseconds = 0;  // since 1970, when it was taken
  std::string results;                 // their snapshot
  std::string parts;                   // what the input's parts remember
  std::vector<SkippedEvents> skipped;  // up to last_event

  void snapshot(io::Snapshot& s) {
    s(last_event,
      drained,
      restarts,
      reconnects,
      dropped,
      wall_milliseconds,
      results,
      parts,
      skipped);
  }
};

struct SavedStream {
  StreamMemo memo;
  pipeline::Checkpoint graph;  // of inputs that can be read again
};

/// Of an earlier process, whatever stream it was of. Nothing where there is none, or none that can
/// be read.
std::optional<StreamMemo> earlier_memo(const std::string& folder, const std::string& id);

class StreamCheckpoints {
 public:
  struct Place {
    std::string folder;  // empty: none are kept
    std::string id;
    RunFacts facts;  // must be the same for the stream to be the same
    std::chrono::nanoseconds every = std::chrono::seconds(10);
  };
  StreamCheckpoints(Place place, const Clock& clock);

  bool kept() const { return journal_.has_value(); }
  /// Of an earlier process. Nothing where there is none, or, told to `complain`, none that fits.
  std::optional<SavedStream> earlier(const std::function<void(const std::string&)>& complain);
  /// One should be taken now; not again before it is written or failed.
  bool due();
  void ask();
  /// False, and told to `complain`, where it cannot be written.
  bool write(SavedStream saved, const std::function<void(const std::string&)>& complain);
  void remove();
  /// Seconds; -1: none yet.
  double age() const;
  /// So many could not be written.
  std::int64_t failures() const;

 private:
  const Place place_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::mutex writing_;
  std::optional<Journal> journal_;
  Clock::Time next_;
  bool under_way_ = false;
  std::int64_t failures_ = 0;
  std::optional<Clock::Time> written_;
};

}  // namespace heddle::app::serve
