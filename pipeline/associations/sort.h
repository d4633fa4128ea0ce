#pragma once
// SORT (Bewley et al. 2016, arXiv:1602.00763): a Kalman filter of centre, area and aspect ratio an
// object, boxes assigned by IoU with the prediction, objects dropped at once when missed. The
// paper's parameters.
//
// Example: heddle video clip.mp4 --detections det.txt --assoc sort

#include "pipeline/associations/box_association.h"
#include "pipeline/associations/sort_filter.h"

namespace heddle::pipeline {

class SortAssociation : public BoxAssociation {
 public:
  std::vector<io::Track> update(const io::Frame& frame, std::span<const Detection> boxes) override;
  void end_all() override;
  void snapshot(io::Snapshot& snapshot) override { snapshot(objects_, frames_, next_id_); }

 private:
  struct Object {
    Object() = default;  // for a snapshot
    explicit Object(const Detection& seen) : motion(seen.box), score(seen.score) {}
    void predict();
    void correct(const Detection& seen);

    std::int64_t id = 0;  // 0 until reported
    SortFilter motion;
    int streak = 0;  // frames seen in a row
    int misses = 0;  // frames since it was seen
    double score = 0;
  };

  std::vector<Object> objects_;
  std::int64_t frames_ = 0;
  std::int64_t next_id_ = 1;
};

}  // namespace heddle::pipeline
