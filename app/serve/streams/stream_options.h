#pragma once
// What a stream's `options` ask for: those of `heddle video` and `heddle genome`, by their long
// names, checked by the same declarations and rules as the command line.

#include "app/options.h"
#include "app/run_facts.h"
#include "app/serve/stream.h"
#include "pipeline/heads/repeats/repeat_options.h"
#include "pipeline/heads/tracks_stage.h"

#include <vector>

namespace heddle::app::serve {

struct StreamOptions {
  VideoOptions video;
  std::vector<pipeline::InitBox> boxes;  // of --init
  bool realtime = false;                 // a file at the speed of its time stamps, as a camera
  GenomeOptions genome;
  pipeline::RepeatOptions repeats;
  RunFacts facts;  // the options that may change results
};

/// Throws std::invalid_argument: no such option, a value out of range, options that do not go
/// together, and those that are the server's (model, device, threads, outputs).
StreamOptions parse_options(const StreamSpec& spec);

}  // namespace heddle::app::serve
