#pragma once
// What of a stream's events outlives its daemon: the newest of them in FOLDER/ID.events, as an
// event stream has them, but with their times on lines of their own; written where the stream ends
// or is drained. After a kill there are none, and whoever asks for what it missed is told how many
// that were. Threads: any, one a stream.

#include "app/serve/events.h"

#include <string>
#include <vector>

namespace heddle::app::serve {

inline constexpr std::size_t kKeptEventBytes = std::size_t{4} << 20;

/// Replaces the file. False: the disk does not take it.
bool keep_events(const std::string& folder, const std::string& id, const EventLog& log);
/// In order; the `end` of a drained daemon as the `checkpoint` that it took. Nothing where they
/// cannot be read, or where the last one's number is not `last`: others were given since.
std::vector<Event> kept_events(const std::string& folder, const std::string& id, std::int64_t last);
void forget_events(const std::string& folder, const std::string& id);

}  // namespace heddle::app::serve
