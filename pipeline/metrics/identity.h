#pragma once
// Identity scores (Ristani et al. 2016) as TrackEval counts them: how many boxes one pairing of
// whole identities explains, at an IoU of at least 0.5.

#include "pipeline/metrics/paired_sequence.h"

namespace heddle::pipeline {

struct IdentityCounts {
  std::int64_t truths = 0;   // boxes of the truth
  std::int64_t said = 0;     // boxes said
  std::int64_t matches = 0;  // boxes that agree under the best one-to-one pairing of identities

  double precision() const;  // IDP
  double recall() const;     // IDR
  double f1() const;         // IDF1

  /// Sequences add up.
  IdentityCounts& operator+=(const IdentityCounts& other);
};

IdentityCounts count_identities(const PairedSequence& sequence);

}  // namespace heddle::pipeline
