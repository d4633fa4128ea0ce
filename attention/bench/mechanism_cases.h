#pragma once
// What `heddle bench` measures of mechanisms that are more than one call of a kernel, and of
// attention under other normalisers: forward and, where they have one, backward.

#include "attention/bench/measurement.h"

namespace heddle::attention::bench {

/// Hashing, routing, Sinkhorn, `fixed`, linear attention and the delta rule over 16k tokens of 8
/// heads of 64. Each is checked on a short sequence against the reference back end or its
/// definition.
std::vector<Case> mechanism_cases();

/// Sparsemax, entmax, adaptive span and importance over windows of 4k tokens. Checked likewise.
std::vector<Case> normaliser_cases();

}  // namespace heddle::attention::bench
