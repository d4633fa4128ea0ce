#pragma once
// OC-SORT (Cao et al. 2023, arXiv:2203.14360): SORT's filter led by what was seen instead of what
// was expected. A pair's worth is its IoU and how well the way to the box keeps the object's
// direction over three frames (momentum); boxes left over are tried against where the objects left
// over were last seen (recovery); a filter that was blind for a while is run again along the
// straight line between the two sightings (re-update). The parameters of the authors' MOT17 runs.
//
// Example: heddle video clip.mp4 --detections det.txt --assoc ocsort

#include "pipeline/associations/box_association.h"
#include "pipeline/associations/sort_filter.h"

#include <deque>
#include <optional>

namespace heddle::pipeline {

class OcSortAssociation : public BoxAssociation {
 public:
  std::vector<io::Track> update(const io::Frame& frame, std::span<const Detection> boxes) override;
  void end_all() override;
  void snapshot(io::Snapshot& snapshot) override { snapshot(objects_, frames_, next_id_); }

 private:
  struct Object {
    Object() = default;  // for a snapshot
    explicit Object(const Detection& seen) : motion(seen.box), score(seen.score), birth(seen.box) {}
    void predict();
    void correct(const Detection& seen);
    void miss();
    void run_again(const Box& seen);
    const Box* seen_before(std::int64_t frames) const;
    void snapshot(io::Snapshot& s) {
      s(id, motion, frozen, score, birth, sightings, direction_x, direction_y);
      s(age, streak, misses);
    }

    struct Sighting {
      std::int64_t age = 0;
      Box box;
    };
    std::int64_t id = 0;  // 0 until reported
    SortFilter motion;
    std::optional<SortFilter> frozen;  // as expected in the first frame of a gap
    double score = 0;
    Box birth;                       // the first box, which counts as no sighting
    std::deque<Sighting> sightings;  // the last few, oldest first
    double direction_x = 0, direction_y = 0;
    std::int64_t age = 0;  // frames
    int streak = 0;        // frames seen in a row
    int misses = 0;        // frames since it was seen
  };
  struct Pairs {
    std::vector<std::size_t> objects, boxes;  // indices of those without a partner
  };

  double momentum(const Object& object, const Detection& seen) const;
  void match_predicted(const std::vector<Detection>& boxes, Pairs& left);
  void match_last_seen(const std::vector<Detection>& boxes, Pairs& left);
  std::vector<io::Track> seen_tracks(const io::Frame& frame);

  std::vector<Object> objects_;
  std::int64_t frames_ = 0;
  std::int64_t next_id_ = 1;
};

}  // namespace heddle::pipeline
