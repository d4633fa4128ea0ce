#pragma once
// Pairs that one repeat was broken into by what only one copy has (an insertion, another spacer, a
// stretch that has changed beyond recognition): collinear, on the same strand, with at most 500
// bases between on either copy and no gap longer than the shorter of the two.
//
// A repeat of several parts becomes a pair of its own. Its parts stay beside it, for that is how
// far they agree without a break, unless a part is nearly the whole. Bases between parts count as
// differences. Threads: any.
// Source of the idea: collinear chaining as in Li 2018, 'Minimap2'.

#include "pipeline/heads/repeats/repeat_pair.h"

#include <vector>

namespace heddle::pipeline {

/// Adds the joined pairs of at least this identity to `pairs` and takes out what they make
/// needless. In any order.
void join_pairs(std::vector<RepeatPair>& pairs, double min_identity);

}  // namespace heddle::pipeline
