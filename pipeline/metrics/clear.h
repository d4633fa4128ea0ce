#pragma once
// Multi-object tracking scores on one sequence: CLEAR MOT (Bernardin and Stiefelhagen 2008) and the
// identity scores (Ristani et al. 2016), as py-motmetrics counts them. Boxes match at an IoU of at
// least `min_iou`.

#include "pipeline/box.h"

#include <cstdint>
#include <span>

namespace heddle::pipeline {

struct LabelledBox {
  std::int64_t frame = 0;
  std::int64_t id = 0;
  Box box;
};

struct TrackingScore {
  std::int64_t truths = 0;   // boxes of the truth
  std::int64_t matches = 0;  // found, switches included
  std::int64_t misses = 0;
  std::int64_t false_positives = 0;
  std::int64_t switches = 0;
  double overlap_sum = 0;          // IoU over matches
  std::int64_t identity_true = 0;  // boxes under the best one-to-one pairing of identities
  std::int64_t hypotheses = 0;     // boxes said

  double mota() const;  // 1 - (misses + false positives + switches) / truths
  double motp() const;  // mean IoU of matches
  double idf1() const;
};

/// Both lists in any order. Throws std::invalid_argument when an id appears twice in a frame.
TrackingScore score_tracking(std::span<const LabelledBox> truth,
                             std::span<const LabelledBox> said,
                             double min_iou = 0.5);

}  // namespace heddle::pipeline
