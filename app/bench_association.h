#pragma once
// What `heddle bench` measures of associations: frames a second on boxes alone, ours and those of
// the literature, with 10 and 30 objects in view.
//
// The scene is drawn: people of 90 to 180 pixels who walk about 1920 x 1080 pixels for 20 s at 30
// frames a second, and what a simulated detector says of them (pipeline/simulation). One thread, as
// a stream has. Checked in the same run: identities against the truth (the error is 1 - IDF1), and
// another run must tell the same boxes and identities (else the error is 1).

#include "attention/bench/measurement.h"

#include <vector>

namespace heddle::app {

/// THE associations of --assoc, each with 10 and 30 objects.
std::vector<attention::bench::Case> association_cases();

}  // namespace heddle::app
