#pragma once
// All the scores of many-object tracking on one sequence, or on several added up.

#include "pipeline/metrics/clear.h"
#include "pipeline/metrics/hota.h"
#include "pipeline/metrics/identity.h"

#include <span>

namespace heddle::pipeline {

struct TrackingScore {
  ClearCounts clear;
  IdentityCounts identity;
  HotaCounts hota;

  TrackingScore& operator+=(const TrackingScore& other);
};

/// Both lists in any order. Throws std::invalid_argument when an id appears twice in a frame.
TrackingScore score_tracking(std::span<const LabelledBox> truth, std::span<const LabelledBox> said);

}  // namespace heddle::pipeline
