#pragma once
// Pairs of repeats against a truth: a pair is found when one of the other list has the same strand
// and both its ends overlap, each by `overlap` of either, in whichever order the ends stand.
//
// Recall asks for the truth's pairs within the limits among all that were said, precision for those
// said within the limits among all of the truth: a pair at the limit itself is nobody's fault.
// `overlap` counts as 0.5 at least. Threads: any. Time: near linear, but for places that very many
// pairs share.

#include "io/record.h"

#include <cstdint>
#include <span>

namespace heddle::pipeline {

struct RepeatLimits {
  std::int64_t min_length = 300;  // of the shorter end
  double min_identity = 0.9;
  double overlap = 0.8;
  bool arrays = false;  // also pairs whose ends run into each other
};

struct RepeatScore {
  std::int64_t truths = 0;  // within the limits
  std::int64_t found = 0;
  std::int64_t said = 0;  // within the limits
  std::int64_t right = 0;

  double recall() const {
    return truths > 0 ? static_cast<double>(found) / static_cast<double>(truths) : 0;
  }
  double precision() const {
    return said > 0 ? static_cast<double>(right) / static_cast<double>(said) : 0;
  }
};

RepeatScore score_repeats(std::span<const io::Pair> truth,
                          std::span<const io::Pair> said,
                          const RepeatLimits& limits = {});

}  // namespace heddle::pipeline
