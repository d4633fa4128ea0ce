#pragma once
// What a stream's `options` ask for: those of `heddle video` and `heddle genome`, by their long
// names, checked by the same declarations and rules as the command line.

#include "app/serve/command_values.h"
#include "app/serve/stream.h"

namespace heddle::app::serve {

using StreamOptions = CommandValues;

/// Throws BadField: no such option, a value out of range, options that do not go together, and
/// those that are the server's (model, device, threads, outputs).
StreamOptions parse_options(const StreamSpec& spec);

}  // namespace heddle::app::serve
