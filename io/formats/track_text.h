#pragma once
// Words and numbers about tracks that the video formats share.

#include "io/record.h"

#include <string>

namespace heddle::io {

/// "new" "tracked" "lost" "recovered" "ended".
const char* state_name(Track::State state);

/// Whether the object itself is in the frame: it is neither lost nor ended.
bool is_seen(const Track& track);

/// Fixed notation, "12.50"; a value that is not finite is an empty text.
std::string fixed_text(double value, int decimals);

}  // namespace heddle::io
