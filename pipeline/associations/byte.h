#pragma once
// ByteTrack (Zhang et al. 2022, arXiv:2110.06864): boxes of high score are assigned first, then
// those of low score to the objects left over, so that half-hidden objects go on; lost objects wait
// a second. A Kalman filter of centre, aspect ratio and height, with noise that scales with the
// height. The parameters of the authors' MOT17 runs.
//
// Example: heddle video clip.mp4 --detections det.txt --assoc byte

#include "pipeline/associations/box_association.h"
#include "pipeline/associations/constant_velocity.h"

namespace heddle::pipeline {

class ByteAssociation : public BoxAssociation {
 public:
  std::vector<io::Track> update(const io::Frame& frame, std::span<const Detection> boxes) override;
  void end_all() override;
  void snapshot(io::Snapshot& snapshot) override { snapshot(objects_, frames_, next_id_); }

 private:
  enum class State : std::uint8_t { kTentative, kTracked, kLost };
  struct Object {
    Object() = default;  // for a snapshot
    explicit Object(const Detection& seen);
    void predict();
    void correct(const Detection& seen, const io::Frame& frame);
    Box box() const;

    std::int64_t id = 0;  // 0 until reported
    ConstantVelocity x, y, aspect, height;
    State state = State::kTentative;
    std::int64_t first_frame = 0, last_frame = 0;
    double last_seen = 0;  // seconds
    double score = 0;
  };
  enum class Price : std::uint8_t { kOverlap, kOverlapTimesScore };

  /// Objects (by index) against boxes (by index): corrects the pairs of a cost of at most `limit`
  /// and takes them off both lists.
  void match(std::vector<std::size_t>& objects,
             std::vector<Detection>& boxes,
             Price price,
             double limit,
             const io::Frame& frame);
  std::vector<std::size_t> of_state(State state) const;
  void start(const std::vector<Detection>& boxes, const io::Frame& frame);
  void drop_old_and_double(const io::Frame& frame);
  std::vector<io::Track> seen_tracks(const io::Frame& frame);

  std::vector<Object> objects_;
  std::int64_t frames_ = 0;
  std::int64_t next_id_ = 1;
};

}  // namespace heddle::pipeline
