#pragma once
// "cautious" or "final,drop=0.8,scan_every=5": a preset and what is changed of it.

#include "pipeline/heads/tracks_settings.h"

#include <string>

namespace heddle::bench {

/// Throws std::invalid_argument naming what it does not know.
pipeline::FollowSettings settings_of(const std::string& text);

}  // namespace heddle::bench
