#pragma once
// How often each base is expected by chance.

#include "io/source.h"
#include "pipeline/motifs/scored_motif.h"

#include <functional>
#include <string>

namespace heddle::pipeline {

/// The same for both strands: A and T share their mean, C and G theirs. Any positive weights.
Background both_strands(const Background& weights);

/// Measured over all of a source of sequences, one added to each base's count. Ends early where
/// `stop` says so, and at damage: the run that follows meets it again and keeps what lies before.
Background measure_background(io::Source& source, const std::function<bool()>& stop);

/// '0.3,0.2,0.2,0.3', in the order A C G T. Throws std::invalid_argument.
Background parse_background(const std::string& text);

}  // namespace heddle::pipeline
