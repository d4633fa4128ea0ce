#pragma once
// How a tracker does on occluded clips: its success where the object is seen, before and after it
// was hidden, whether it has the object again at the end, and what it claims while there is
// nothing to see.

#include "pipeline/metrics/success.h"
#include "pipeline/occlusion_suite/clip.h"

#include <cstdint>
#include <span>

namespace heddle::pipeline {

struct SuiteScore {
  Success before, after;  // frames with at least half of the object visible; not the first
  std::int64_t clips = 0;
  std::int64_t recovered = 0;  // clips in whose last ten frames the overlap is mostly over 0.5
  std::int64_t hidden = 0;     // frames without any of it
  std::int64_t claimed = 0;    // of those, frames in which the tracker says that it sees it

  double auc() const;  // 0..1, before and after together
  double recovered_share() const;
  double claimed_share() const;
  SuiteScore& operator+=(const SuiteScore& other);
};

/// What a tracker said of a frame: the box, also where it is a guess, and whether it is none.
struct Said {
  Box box;
  bool claimed = true;
};

/// One entry a frame of a clip. Throws std::invalid_argument when the lengths differ.
SuiteScore score_clip(std::span<const OcclusionClip::Truth> truth, std::span<const Said> said);

}  // namespace heddle::pipeline
