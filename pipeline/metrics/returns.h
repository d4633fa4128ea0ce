#pragma once
// What becomes of identities while their objects are out of sight: for each time an object comes
// back after it was hidden for a while, is it the same said identity as before?

#include "pipeline/metrics/paired_sequence.h"

#include <cstdint>
#include <span>

namespace heddle::pipeline {

struct ReturnCounts {
  std::int64_t returns = 0;  // of true objects, after a gap within the limits
  std::int64_t kept = 0;     // the same said identity before and after
  std::int64_t wrong = 0;    // one that was said before it went: somebody else's
  std::int64_t fresh = 0;    // one that is new since
  // The rest: not found before or not after.

  std::int64_t switched() const { return wrong + fresh; }

  /// Sequences add up.
  ReturnCounts& operator+=(const ReturnCounts& other);
};

struct ReturnLimits {
  std::int64_t shortest = 0, longest = 0;  // frames without a sighting, both included
  std::int64_t window = 0;  // frames around the gap in which the identity is looked for
};

/// `seen`: the boxes (true id and frame count) at which an object was in sight; `truth` where it
/// really was. An identity is that of the said box that overlaps the true one most, at an IoU of at
/// least 0.5: the last within the window before the gap, and the first within it after. All lists
/// in any order.
ReturnCounts count_returns(std::span<const LabelledBox> truth,
                           std::span<const LabelledBox> seen,
                           std::span<const LabelledBox> said,
                           const ReturnLimits& limits);

}  // namespace heddle::pipeline
