#pragma once
// Many objects by their boxes alone: each box attends to the objects' memories (box_memory.h) and
// to 'new', whose logit is constant. The softmax over these says how sure a claim is; the joint
// choice of one box an object is the assignment of the greatest summed log-odds against 'new'.
// Boxes of high score choose among all objects, then those of low score among the objects in view.
//
// Objects that are not seen go on by motion with growing doubt and may be claimed again for
// `lost_seconds`. How restless objects are is learned from the stream itself.
// Threads: one association a stream, calls must not overlap. Memory: bounded by the boxes of
// lost_seconds. Ids count up from 1 and are never used again.
//
// Example: heddle video --detections det.txt --fps 25 -o tracks.txt

#include "pipeline/associations/box_association.h"
#include "pipeline/associations/box_memory.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

struct BoxAttentionSettings {
  BoxMemorySettings memory;
  double high_score = 0.5;    // boxes from here on choose first, and among lost objects too
  double low_score = 0.1;     // those below are not looked at
  double start_score = 0.5;   // an unclaimed box from here on may be a new object
  double newcomer = -16;      // logit of 'new' for a box of high score
  double low_newcomer = -9;   // and of low score
  double lost_price = 5;      // off the logit of an object that is out of view
  double confirm = 1.2;       // summed scores before a newcomer gets an id
  double doubled = 0.6;       // IoU with a claimed box from which on a box starts nothing
  double lost_seconds = 6;    // an unseen object ends after this
  double learn_pace = 0.04;   // how fast the pace follows the surprises, a frame
  double learn_drift = 0.05;  // how fast the drift follows what objects do, an object a second
};

class BoxAttention : public BoxAssociation {
 public:
  explicit BoxAttention(const BoxAttentionSettings& settings = {}) : settings_(settings) {}
  std::vector<io::Track> update(const io::Frame& frame, std::span<const Detection> boxes) override;

 private:
  struct Object {
    std::int64_t id = 0;  // 0 until it is sure
    BoxMemory memory;
    double evidence = 0;  // of a newcomer: summed scores
    double score = 0;
    int hits = 0;
    int misses = 0;        // frames since it was seen
    double last_seen = 0;  // seconds
    bool back = false;     // seen again after it was lost
  };
  struct Round;

  void attend(Round& round, bool high);
  void accept(Round& round, std::size_t object, std::size_t box);
  void start(Round& round);
  void retire(const io::Frame& frame);
  void learn(const Round& round);
  std::vector<io::Track> seen_tracks(const io::Frame& frame);

  BoxAttentionSettings settings_;
  Step step_;
  double last_seconds_ = 0;
  std::vector<Object> objects_;
  std::int64_t frames_ = 0;
  std::int64_t next_id_ = 1;
};

}  // namespace heddle::pipeline
