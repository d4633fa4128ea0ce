#pragma once
// How long following given objects will take: it costs a look a frame and object, some 0.1 s of a
// processor, which a person should know before an hour of video.

#include "attention/model/model.h"
#include "io/source.h"

#include <cstdint>

namespace heddle::app {

/// Seconds, from one measured look; 0 where the source does not know its length or `objects` is 0.
/// `most`: no more frames are wanted (0: all).
double estimate_following(const io::Source& source,
                          const attention::Model& model,
                          std::size_t objects,
                          std::int64_t most);

}  // namespace heddle::app
