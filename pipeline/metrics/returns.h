#pragma once
// What becomes of identities while their objects are out of sight: for each time an object comes
// back after it was hidden for a while, is it the same said identity as before?

#include "pipeline/metrics/paired_sequence.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::pipeline {

enum class ReturnEnd {
  kNotFound,  // not before or not after
  kKept,      // the same said identity before and after
  kWrong,     // one that was said before it went: somebody else's
  kNew,       // one that is new since
};

struct ReturnCounts {
  std::int64_t returns = 0;                     // of true objects, after a gap within the limits
  std::int64_t kept = 0, wrong = 0, fresh = 0;  // how they ended; the rest was not found

  std::int64_t switched() const { return wrong + fresh; }

  /// Sequences add up.
  ReturnCounts& operator+=(const ReturnCounts& other);
};

struct ReturnLimits {
  std::int64_t shortest = 0, longest = 0;  // frames without a sighting, both included
  std::int64_t window = 0;  // frames around the gap in which the identity is looked for
};

/// Of each return, in the order of true ids and of time: the same list of returns for all that is
/// said of one truth. `seen`: the boxes (true id and frame count) at which an object was in sight;
/// `truth` where it really was. An identity is that of the said box that goes with the true one,
/// one to one in its frame and at an IoU of at least 0.5: the last within the window before the
/// gap, and the first within it after. All lists in any order.
std::vector<ReturnEnd> find_returns(std::span<const LabelledBox> truth,
                                    std::span<const LabelledBox> seen,
                                    std::span<const LabelledBox> said,
                                    const ReturnLimits& limits);

ReturnCounts count_returns(std::span<const ReturnEnd> ends);

/// Only the returns that `other`, which said something else of the same truth, found too: who finds
/// more returns has more to get wrong, so two are compared on those that both found. Throws
/// std::invalid_argument where the lists differ in length.
ReturnCounts count_common_returns(std::span<const ReturnEnd> ends,
                                  std::span<const ReturnEnd> other);

}  // namespace heddle::pipeline
