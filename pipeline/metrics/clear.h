#pragma once
// CLEAR MOT (Bernardin and Stiefelhagen 2008) as TrackEval counts it: boxes match at an IoU of at
// least 0.5; a pair of the frame before stays together while it overlaps enough, the rest is
// assigned by overlap; a switch is counted against the last identity, however long ago.

#include "pipeline/metrics/paired_sequence.h"

namespace heddle::pipeline {

struct ClearCounts {
  std::int64_t truths = 0;   // boxes of the truth
  std::int64_t said = 0;     // boxes said
  std::int64_t matches = 0;  // found, switches included
  std::int64_t switches = 0;
  std::int64_t fragments = 0;       // times a truth was found again after it had been missed
  std::int64_t mostly_tracked = 0;  // true identities found in more than 80 % of their frames
  std::int64_t partly_tracked = 0;  // in 20 to 80 %
  std::int64_t mostly_lost = 0;     // in less
  double overlap_sum = 0;           // IoU over matches

  std::int64_t misses() const { return truths - matches; }
  std::int64_t false_positives() const { return said - matches; }
  double mota() const;  // 1 - (misses + false positives + switches) / truths
  double motp() const;  // mean IoU of matches

  /// Sequences add up.
  ClearCounts& operator+=(const ClearCounts& other);
};

ClearCounts count_clear(const PairedSequence& sequence);

}  // namespace heddle::pipeline
