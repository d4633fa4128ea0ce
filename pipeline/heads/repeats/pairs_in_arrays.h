#pragma once
// Pairs that say no more than that there is an array. Threads: any. Time: n log n.

#include "pipeline/heads/repeats/repeat_pair.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

struct ArrayStretch {
  std::int64_t begin = 0, end = 0;
  std::int64_t period = 0;
};

/// Takes out the pairs of which both ends lie in one of the tandem arrays told, if that has three
/// copies (of two, the pair is as good a name), and those in an array of a longer period: a pair
/// that runs into itself with at least five copies. Of these the one with the shortest period
/// stays, and tells the array.
void leave_out_pairs_in_arrays(const std::vector<ArrayStretch>& arrays,
                               std::vector<RepeatPair>& pairs);

}  // namespace heddle::pipeline
