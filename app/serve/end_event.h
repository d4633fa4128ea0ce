#pragma once
// The last event of a stream, as its listeners read it, and what they and the next daemon know by
// it. Threads: any.

#include "app/serve/event_ring.h"
#include "app/serve/stream.h"

#include <string>
#include <string_view>

namespace heddle::app::serve {

/// Its state where the daemon drains, and the stream goes on behind the restart.
inline constexpr std::string_view kDrainedEnd = "draining";

/// The data of `end`. `seconds`: how long it ran.
std::string end_text(const StreamStatus& last, std::string_view state, double seconds);
/// Such an `end` of a stream that goes on.
bool is_drained_end(const Event& event);
/// Its `samples`.
std::int64_t samples_of_end(const Event& event);

}  // namespace heddle::app::serve
