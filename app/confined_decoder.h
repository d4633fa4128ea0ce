#pragma once
// The hidden command of a decoding process (io/isolated): what it is told on its command line.

#include "io/isolated/isolated_decoder.h"

#include <optional>

namespace heddle::app {

/// Nothing where the command line asks for something else.
std::optional<io::ChildOptions> confined_decoder(int argc, char** argv);

}  // namespace heddle::app
