#pragma once
// Copies grouped into families: the ends of pairs that cover much the same stretch are one copy,
// copies that a pair connects are one family. Arrays (ends that run into each other) belong to
// none. Threads: any.

#include "pipeline/heads/repeats/repeat_pair.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

struct RepeatCopy {
  std::int64_t begin = 0, end = 0;
  int family = 0;     // from 1, by position of the first copy
  int in_family = 0;  // copies it has
};

/// By position.
std::vector<RepeatCopy> group_copies(const std::vector<RepeatPair>& pairs);

}  // namespace heddle::pipeline
