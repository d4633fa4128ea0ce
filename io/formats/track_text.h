#pragma once
// Words about tracks, and their order, that the video formats share.

#include "io/record.h"

#include <span>
#include <vector>

namespace heddle::io {

/// "new" "tracked" "lost" "recovered" "ended".
const char* state_name(Track::State state);

/// Whether the object itself is in the frame: it is neither lost nor ended.
bool is_seen(const Track& track);

/// The tracks among the records, by frame and id: the order of rows in tables.
std::vector<const Track*> tracks_in_order(std::span<const Record> records);

}  // namespace heddle::io
